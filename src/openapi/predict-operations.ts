import type { Signature } from '../model/signature.ts';
import { type DescribedModel, modelPath } from './described-model.ts';
import { jsonContent, type Operation, type Paths, type Schema } from './open-api.ts';
import { modelResponses } from './responses.ts';
import { rowSchemas } from './row-schemas.ts';
import { outputSchema } from './value-schemas.ts';

/** `POST /models/{model}/predict`, and `POST /predict` for the default model. */
export function predictPaths(model: DescribedModel, name: string): Paths {
  const operation = (operationId: string): Operation => ({
    operationId,
    summary: `Predict with ${model.route}`,
    description: 'One row or many, by position or by name. One row is answered as an object, many as a list.',
    tags: [model.route],
    parameters: [
      {
        name: 'probabilities',
        in: 'query',
        description: 'of every class, where the model is a classifier that has them',
        schema: { enum: ['all'] },
      },
    ],
    requestBody: {
      required: true,
      content: jsonContent({ $ref: `#/components/schemas/${name}.PredictRequest` }, example(model)),
    },
    responses: modelResponses(jsonContent({ $ref: `#/components/schemas/${name}.PredictAnswer` })),
  });
  return {
    [`${modelPath(model)}/predict`]: { post: operation(`predict.${name}`) },
    ...(model.isDefault ? { '/predict': { post: operation('predict') } } : {}),
  };
}

function example({ exampleRow }: DescribedModel): unknown {
  return exampleRow === null ? undefined : { features: exampleRow };
}

export function predictSchemas(
  { signature }: DescribedModel,
  name: string,
): Readonly<Record<string, Schema>> {
  const { byPosition, byName } = rowSchemas(signature);
  const ref = (part: string) => ({ $ref: `#/components/schemas/${name}.${part}` });
  const count = signature.fixedRows === null ? { minItems: 1 } : fixedCount(signature.fixedRows);
  const single = byName === null ? [ref('Row')] : [ref('Row'), ref('NamedRow')];
  const many = single.map((items) => ({ type: 'array', items, ...count }));
  const isSingleAllowed = signature.fixedRows === null || signature.fixedRows === 1;
  return {
    [`${name}.Row`]: byPosition,
    ...(byName === null ? {} : { [`${name}.NamedRow`]: byName }),
    [`${name}.PredictRequest`]: {
      type: 'object',
      properties: { features: { anyOf: isSingleAllowed ? [...single, ...many] : many } },
      required: ['features'],
      additionalProperties: false,
    },
    [`${name}.Prediction`]: predictionSchema(signature),
    [`${name}.PredictAnswer`]: {
      anyOf: [
        ref('Prediction'),
        {
          type: 'object',
          properties: { predictions: { type: 'array', items: ref('Prediction') } },
          required: ['predictions'],
          additionalProperties: false,
        },
      ],
    },
  };
}

function fixedCount(rows: number): Schema {
  return { minItems: rows, maxItems: rows };
}

function predictionSchema(signature: Signature): Schema {
  const { task, outputs } = signature;
  const number = { type: ['number', 'null'] };
  const properties: Record<string, Schema> = { prediction: {} };
  const required = ['prediction'];
  switch (task.kind) {
    case 'classifier':
      properties.prediction = labelSchema(signature);
      if (task.scores === 'probabilities') {
        properties.probability = number;
        properties.probabilities =
          task.labels === null
            ? { type: 'array', items: number }
            : {
                type: 'object',
                properties: Object.fromEntries(task.labels.map((label) => [String(label), number])),
              };
        required.push('probability');
      }
      break;
    case 'regressor':
      properties.prediction = { anyOf: [number, { type: 'array', items: number }] };
      break;
    case 'multi-label':
      properties.prediction = { type: 'array', items: { type: ['integer', 'string', 'boolean', 'number'] } };
      break;
    case 'other':
      properties.prediction = {
        type: 'object',
        properties: Object.fromEntries(outputs.map((output) => [output.name, outputSchema(output)])),
        required: outputs.map((output) => output.name),
        additionalProperties: false,
      };
  }
  return { type: 'object', properties, required, additionalProperties: false };
}

function labelSchema({ task, outputs }: Signature): Schema {
  if (task.kind !== 'classifier') return {};
  const types = { string: 'string', bool: 'boolean' } as Readonly<Record<string, string>>;
  const type = types[outputs[task.labelOutput]!.type] ?? 'number';
  // Labels beyond 2^53 are written in full, which JSON Schema's readers may round.
  const isExact = task.labels?.every(
    (label) => typeof label !== 'bigint' || Number.isSafeInteger(Number(label)),
  );
  if (!task.labels || !isExact) return { type };
  return { enum: task.labels.map((label) => (typeof label === 'bigint' ? Number(label) : label)) };
}
