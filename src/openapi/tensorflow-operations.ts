import { parseModelUri } from '../model/model-uri.ts';
import { type DescribedModel, versionParameter } from './described-model.ts';
import { jsonContent, type Operation, type Paths, type Schema } from './open-api.ts';
import { errorResponses, modelResponses } from './responses.ts';

const SHAPE = 'ErrorText';
const TEXT: Schema = { type: 'string' };

const STATUS: Schema = {
  type: 'object',
  properties: {
    name: TEXT,
    ready: { type: 'boolean' },
    model_version_status: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          version: TEXT,
          state: { const: 'AVAILABLE' },
          status: {
            type: 'object',
            properties: { error_code: TEXT, error_message: TEXT },
            required: ['error_code', 'error_message'],
          },
        },
        required: ['version', 'state', 'status'],
      },
    },
  },
  required: ['name', 'ready', 'model_version_status'],
};

const METADATA: Schema = {
  type: 'object',
  properties: {
    model_spec: {
      type: 'object',
      properties: { name: TEXT, signature_name: TEXT, version: TEXT },
      required: ['name', 'signature_name', 'version'],
    },
    metadata: {
      type: 'object',
      properties: { signature_def: { type: 'object' } },
      required: ['signature_def'],
    },
  },
  required: ['model_spec', 'metadata'],
};

/** What KServe V1 tells of the server. */
export const TENSORFLOW_PATHS: Paths = {
  '/v1/models': {
    get: {
      operationId: 'v1.models',
      summary: 'Names',
      tags: ['models'],
      responses: {
        200: {
          description: 'of all models',
          content: jsonContent({
            type: 'object',
            properties: { models: { type: 'array', items: TEXT } },
            required: ['models'],
          }),
        },
      },
    },
  },
};

function labelParameter({ uri }: DescribedModel): Schema {
  return {
    name: 'label',
    in: 'path',
    required: true,
    description: 'an alias of the registered model, a stage, or `latest`',
    example: exampleLabel(uri),
    schema: { type: 'string', pattern: '^[^/:]+$' },
  };
}

/** What the model follows, where that is a label. */
function exampleLabel(uri: string): string {
  const { pointer } = parseModelUri(uri);
  if (pointer.kind === 'stage') return pointer.stage;
  return pointer.kind === 'alias' ? pointer.alias : 'latest';
}

/** A model's routes of TensorFlow Serving's REST API and KServe V1: the one that serves, by version, by label. */
export function tensorflowPaths(model: DescribedModel, name: string): Paths {
  const path = `/v1/models/${encodeURIComponent(model.route)}`;
  return {
    ...routesAt({ path, model, name, suffix: '', parameters: [] }),
    ...routesAt({
      path: `${path}/versions/{version}`,
      model,
      name,
      suffix: 'Version',
      parameters: [versionParameter(model)],
    }),
    ...routesAt({
      path: `${path}/labels/{label}`,
      model,
      name,
      suffix: 'Label',
      parameters: [labelParameter(model)],
    }),
  };
}

interface RoutesAt {
  readonly path: string;
  readonly model: DescribedModel;
  readonly name: string;
  /** Of operation ids. */
  readonly suffix: string;
  readonly parameters: readonly Schema[];
}

function routesAt({ path, model, name, suffix, parameters }: RoutesAt): Paths {
  const tags = [model.route];
  const tell = (what: string, summary: string, schema: Schema): Operation => ({
    operationId: `v1.${what}${suffix}.${name}`,
    summary,
    tags,
    parameters,
    responses: {
      200: { description: 'as asked', content: jsonContent(schema) },
      ...errorResponses([404, 503], SHAPE),
    },
  });
  return {
    [path]: { get: tell('status', `Which versions of ${model.route} serve`, STATUS) },
    [`${path}/metadata`]: { get: tell('metadata', 'The inputs and outputs of the graph', METADATA) },
    [`${path}:predict`]: {
      post: {
        operationId: `v1.predict${suffix}.${name}`,
        summary: `Predict with ${model.route}, as TensorFlow Serving and KServe do`,
        description:
          'Rows as `instances`, or tensors as `inputs`, all of the same number of rows. `{"b64": "…"}` stands for a text anywhere.',
        tags,
        parameters,
        requestBody: {
          required: true,
          content: jsonContent({ $ref: `#/components/schemas/${name}.PredictRows` }, example(model)),
        },
        responses: modelResponses(jsonContent({ $ref: `#/components/schemas/${name}.PredictedRows` }), SHAPE),
      },
    },
  };
}

function example({ exampleRow, signature }: DescribedModel): unknown {
  if (exampleRow === null || (signature.fixedRows ?? 1) !== 1) return undefined;
  return { instances: [exampleRow] };
}
