import { type DescribedModel, modelPath } from './described-model.ts';
import { jsonContent, type Operation, type Paths } from './open-api.ts';
import { errorResponses, modelResponses } from './responses.ts';

const TEXT = { schema: { type: 'string' } };

/** What MLflow's scoring server and SageMaker have beside `/invocations`. */
export const SCORING_PATHS: Paths = {
  '/ping': {
    get: {
      operationId: 'ping',
      summary: 'Whether it serves',
      tags: ['probes'],
      responses: {
        200: { description: 'a newline', content: { 'application/json': {} } },
        ...errorResponses([503], 'ScoringError'),
      },
    },
  },
  '/version': {
    get: {
      operationId: 'version',
      summary: 'The version of Switchyard',
      tags: ['probes'],
      responses: { 200: { description: 'a text', content: { 'text/plain': TEXT } } },
    },
  },
};

/** `POST /models/{model}/invocations`, and `POST /invocations` for the default model. */
export function scoringPaths(model: DescribedModel, name: string): Paths {
  const operation = (operationId: string): Operation => ({
    operationId,
    summary: `Score with ${model.route}, as MLflow's server does`,
    description:
      "One of MLflow's forms, or a list of rows. Columns are found by their names, and those that the model does not have are passed over; numbers may stand as text. Also takes text/csv, application/jsonlines and application/x-npy.",
    tags: [model.route],
    requestBody: {
      required: true,
      content: jsonContent({ $ref: `#/components/schemas/${name}.ScoringRequest` }, example(model)),
    },
    responses: modelResponses(
      {
        ...jsonContent({ $ref: `#/components/schemas/${name}.ScoringAnswer` }),
        'text/csv': TEXT,
        'application/jsonlines': TEXT,
        'application/x-npy': {},
      },
      'ScoringError',
    ),
  });
  return {
    [`${modelPath(model)}/invocations`]: { post: operation(`invocations.${name}`) },
    ...(model.isDefault ? { '/invocations': { post: operation('invocations') } } : {}),
  };
}

function example({ exampleRow, signature }: DescribedModel): unknown {
  if (exampleRow === null || (signature.fixedRows ?? 1) !== 1) return undefined;
  return { instances: [exampleRow] };
}
