import { type DescribedModel, versionParameter } from './described-model.ts';
import { inferExample } from './infer-example.ts';
import { jsonContent, type Operation, type PathItem, type Paths, type Schema } from './open-api.ts';
import { errorResponses, modelResponses } from './responses.ts';

const SHAPE = 'ErrorText';
const MODELS = ['models'];

const TEXT: Schema = { type: 'string' };
const COUNT: Schema = { type: 'integer', minimum: 0 };

const list = (items: Schema): Schema => ({ type: 'array', items });

const objectOf = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

const SERVER = objectOf({ name: TEXT, version: TEXT, extensions: list(TEXT) });
const NAMES = objectOf({ models: list(TEXT) });
const READY = objectOf({ ready: { type: 'boolean' } });
const TENSOR = objectOf({ name: TEXT, datatype: TEXT, shape: list({ type: 'integer', minimum: -1 }) });
const METADATA = objectOf({
  name: TEXT,
  versions: list(TEXT),
  platform: TEXT,
  inputs: list(TENSOR),
  outputs: list(TENSOR),
});
const CONFIGURED = objectOf({ name: TEXT, data_type: TEXT, dims: list({ type: 'integer' }) });
const CONFIGURATION = objectOf({
  name: TEXT,
  platform: TEXT,
  backend: TEXT,
  max_batch_size: COUNT,
  input: list(CONFIGURED),
  output: list(CONFIGURED),
});
const DURATION = objectOf({ count: COUNT, ns: COUNT });
const STATISTICS = objectOf({
  model_stats: list(
    objectOf({
      name: TEXT,
      version: TEXT,
      last_inference: COUNT,
      inference_count: COUNT,
      execution_count: COUNT,
      inference_stats: objectOf({
        success: DURATION,
        fail: DURATION,
        queue: DURATION,
        compute_input: DURATION,
        compute_infer: DURATION,
        compute_output: DURATION,
      }),
    }),
  ),
});
const INDEX = list(
  objectOf({
    name: TEXT,
    state: { enum: ['READY', 'LOADING', 'UNLOADING', 'UNAVAILABLE'] },
    reason: TEXT,
  }),
);

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly schema: Schema;
  readonly errors?: readonly number[];
  readonly parameters?: readonly Schema[];
}

function operation({ schema, errors = [], ...described }: Described): Operation {
  const answer = { description: 'as asked', content: jsonContent(schema) };
  return { ...described, responses: { 200: answer, ...errorResponses(errors, SHAPE) } };
}

const get = (described: Described): PathItem => ({ get: operation(described) });

/** What Open Inference Protocol V2 tells of the server (reference protocols.md 1 to 5). */
export const OPEN_INFERENCE_PATHS: Paths = {
  '/v2': get({ operationId: 'v2.server', summary: 'The server', tags: MODELS, schema: SERVER }),
  '/v2/health/live': get({
    operationId: 'v2.live',
    summary: 'Whether the process can go on',
    tags: ['probes'],
    schema: objectOf({ live: { type: 'boolean' } }),
  }),
  '/v2/health/ready': get({
    operationId: 'v2.ready',
    summary: 'Whether it serves',
    tags: ['probes'],
    schema: READY,
    errors: [503],
  }),
  '/v2/models': get({ operationId: 'v2.models', summary: 'Names', tags: MODELS, schema: NAMES }),
  '/v2/models/stats': get({
    operationId: 'v2.statistics',
    summary: 'What was counted of all versions',
    tags: MODELS,
    schema: STATISTICS,
  }),
  '/v2/repository/index': {
    post: {
      ...operation({
        operationId: 'v2.index',
        summary: 'Every version that serves, loads or cannot',
        tags: MODELS,
        schema: INDEX,
        errors: [400, 408, 413, 415, 429, 503],
      }),
      requestBody: {
        content: jsonContent({ type: 'object', properties: { ready: { type: ['boolean', 'null'] } } }),
      },
    },
  },
};

/** A model's routes of Open Inference Protocol V2, with and without a version. */
export function openInferencePaths(model: DescribedModel, name: string): Paths {
  const path = `/v2/models/${encodeURIComponent(model.route)}`;
  return {
    ...routesBelow({ path, model, name, suffix: '', parameters: [] }),
    ...routesBelow({
      path: `${path}/versions/{version}`,
      model,
      name,
      suffix: 'Version',
      parameters: [versionParameter(model)],
    }),
    [`/v2/repository/models/${encodeURIComponent(model.route)}/load`]: { post: load(model, name) },
  };
}

interface RoutesBelow {
  readonly path: string;
  readonly model: DescribedModel;
  readonly name: string;
  /** Of operation ids. */
  readonly suffix: string;
  readonly parameters: readonly Schema[];
}

function routesBelow({ path, model, name, suffix, parameters }: RoutesBelow): Paths {
  const tell = (what: string, summary: string, schema: Schema): PathItem =>
    get({
      operationId: `v2.${what}${suffix}.${name}`,
      summary,
      tags: [model.route],
      schema,
      errors: [404, 503],
      parameters,
    });
  const content = jsonContent({ $ref: `#/components/schemas/${name}.InferAnswer` });
  // Where values of an output are asked for as bytes.
  const bytes = { 'application/octet-stream': {} };
  return {
    [path]: tell('metadata', `The tensors of ${model.route}`, METADATA),
    [`${path}/ready`]: tell(
      'modelReady',
      `Whether ${model.route} serves`,
      objectOf({ name: TEXT, ready: { const: true } }),
    ),
    [`${path}/config`]: tell('config', "Triton's model configuration", CONFIGURATION),
    [`${path}/stats`]: tell('stats', 'What was counted', STATISTICS),
    [`${path}/infer`]: {
      post: {
        operationId: `v2.infer${suffix}.${name}`,
        summary: `Inference with ${model.route}`,
        description:
          'Tensors by the names of the inputs, or one for each column, in any order. `data` has as many values as `shape` says, flat or nested; all tensors have the same number of rows. Values may also stand behind the JSON (`binary_data_size`, the header Inference-Header-Content-Length).',
        tags: [model.route],
        parameters,
        requestBody: {
          required: true,
          content: jsonContent({ $ref: `#/components/schemas/${name}.InferRequest` }, inferExample(model)),
        },
        responses: modelResponses({ ...content, ...bytes }, SHAPE),
      },
    },
  };
}

function load({ route }: DescribedModel, name: string): Operation {
  const schema: Schema = {
    type: 'object',
    properties: {
      parameters: {
        type: ['object', 'null'],
        properties: { config: false },
        patternProperties: { '^file:': false },
      },
    },
  };
  return {
    ...operation({
      operationId: `v2.load.${name}`,
      summary: `Read the pointer of ${route} now`,
      tags: ['operators'],
      schema: objectOf({ name: TEXT, load: { type: 'boolean' } }),
      errors: [400, 401, 403, 404, 408, 409, 413, 415, 429, 503],
    }),
    security: [{ operator: [] }],
    requestBody: { content: jsonContent(schema) },
  };
}
