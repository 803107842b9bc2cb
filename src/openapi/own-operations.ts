import { type DescribedModel, modelPath } from './described-model.ts';
import { jsonContent, type Operation, type Paths, type Schema } from './open-api.ts';
import { errorResponses } from './responses.ts';

const PROBES = ['probes'];
const STATUS = ['models'];
const OPERATORS = ['operators'];

const READINESS: Schema = {
  type: 'object',
  properties: { ready: { type: 'boolean' }, reason: { type: 'string' } },
  required: ['ready'],
};

const HEALTH: Schema = {
  type: 'object',
  properties: {
    status: { enum: ['healthy', 'unhealthy'] },
    reason: { type: 'string' },
    model: { type: ['string', 'null'] },
    models: { type: 'array', items: { type: 'object' } },
  },
  required: ['status', 'models'],
};

const LIVENESS: Schema = { type: 'object', properties: { live: { type: 'boolean' } }, required: ['live'] };

/** A status as `GET /models/{model}` has it; more may be added to it. */
export const STATUS_SCHEMA: Schema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    uri: { type: 'string' },
    ready: { type: 'boolean' },
    current: { $ref: '#/components/schemas/Version' },
    desired: { $ref: '#/components/schemas/Version' },
    previous: { $ref: '#/components/schemas/Version' },
    lastError: { type: ['object', 'null'] },
    nextRetryAt: { type: ['string', 'null'] },
  },
  required: ['name', 'uri', 'ready', 'current', 'desired', 'previous', 'lastError'],
};

export const VERSION_SCHEMA: Schema = {
  type: ['object', 'null'],
  properties: {
    version: { type: 'string' },
    runId: { type: ['string', 'null'] },
    digest: { type: ['string', 'null'] },
    loadedAt: { type: ['string', 'null'] },
  },
  required: ['version'],
};

const answer = (description: string, schema: Schema): Schema => ({
  description,
  content: jsonContent(schema),
});

function probe(operationId: string, summary: string, schema: Schema): Operation {
  return {
    operationId,
    summary,
    tags: PROBES,
    responses: { 200: answer('yes', schema), 503: answer('no', schema) },
  };
}

/** Probes, status and metrics. @param hasMetrics whether `/metrics` is on this port. */
export function ownPaths(hasMetrics: boolean): Paths {
  const statuses = { type: 'object', properties: { models: { type: 'array', items: STATUS_REF } } };
  return {
    '/livez': { get: probe('livez', 'Whether the process can go on', LIVENESS) },
    '/readyz': { get: probe('readyz', 'Whether it serves', READINESS) },
    '/health': { get: probe('health', 'What serves', HEALTH) },
    '/models': {
      get: {
        operationId: 'models',
        summary: 'The status of every model',
        tags: STATUS,
        responses: { 200: answer('all of them', statuses) },
      },
    },
    ...(hasMetrics ? { '/metrics': { get: METRICS } } : {}),
  };
}

const STATUS_REF: Schema = { $ref: '#/components/schemas/ModelStatus' };

const METRICS: Operation = {
  operationId: 'metrics',
  summary: 'Metrics for Prometheus',
  tags: PROBES,
  responses: {
    200: { description: 'in the text format', content: { 'text/plain': { schema: { type: 'string' } } } },
  },
};

/** A model's status, and what operators may do with it. */
export function ownModelPaths(model: DescribedModel, name: string): Paths {
  const path = modelPath(model);
  const operate = (operationId: string, summary: string, body: Schema | null): Operation => ({
    operationId: `${operationId}.${name}`,
    summary,
    tags: OPERATORS,
    security: [{ operator: [] }],
    ...(body === null ? {} : { requestBody: { required: true, content: jsonContent(body) } }),
    responses: {
      200: answer('done', STATUS_REF),
      202: answer('a load still runs', STATUS_REF),
      ...errorResponses([400, 401, 403, 404, 408, 409, 413, 415, 503]),
    },
  });
  return {
    [path]: {
      get: {
        operationId: `status.${name}`,
        summary: `The status of ${model.route}`,
        tags: STATUS,
        responses: { 200: answer('where it stands', STATUS_REF), ...errorResponses([404]) },
      },
    },
    [`${path}/rollback`]: { post: operate('rollback', 'Back to the previous version', null) },
    [`${path}/refresh`]: { post: operate('refresh', 'Read the pointer now', null) },
    [`${path}/pin`]: {
      put: operate('pin', 'Serve one version whatever the pointer names', PIN),
      delete: operate('unpin', 'Follow the pointer again', null),
    },
  };
}

const PIN: Schema = {
  type: 'object',
  properties: { version: { type: 'string', pattern: '^[0-9]{1,18}$' } },
  required: ['version'],
  additionalProperties: false,
};
