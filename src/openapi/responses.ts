import type { Schema } from './open-api.ts';

const header = (description: string, schema: Schema = { type: 'string' }): Schema => ({
  description,
  schema,
});

/** What every model answer says of who computed it (contract section 6). */
const MODEL_HEADERS: Schema = {
  'x-model-name': { ...header('registered name, percent-encoded'), required: true },
  'x-model-version': { ...header('the version that computed the answer'), required: true },
  'x-model-run-id': header('the run that the version was logged in, where it is known'),
  'x-request-id': { ...header('as the request gave it, else a new one'), required: true },
  'server-timing': header('parse, queue, infer, encode, in milliseconds'),
};

const RETRY_AFTER: Schema = {
  'retry-after': { ...header('seconds until a repeat makes sense', { type: 'integer' }), required: true },
};

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457. `detail` reads well alone; `errors` names each problem by its JSON pointer.',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
        required: ['pointer', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId', 'errors'],
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  400: 'the values do not fit the model, or the body is not what the route takes',
  401: 'no operator token, or a wrong one',
  403: 'operator routes are closed',
  404: 'no such model',
  408: 'the body was not complete in time',
  409: 'the version cannot serve, or there is none to go back to',
  413: 'the body is too large',
  415: 'a content encoding other than gzip, deflate, identity',
  429: 'too much to do',
  500: 'the runtime or the gateway failed',
  503: 'no version serves, or the server is stopping',
  504: 'not answered in time',
};

const PROBLEMS: Schema = PROBLEM.properties.errors;

/** As the Open Inference Protocol and TensorFlow Serving have it, with what our own routes tell beside it. */
const ERROR_TEXT: Schema = {
  type: 'object',
  properties: {
    error: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string' },
    ready: { const: false },
    errors: PROBLEMS,
  },
  required: ['error', 'code', 'requestId'],
};

const SCORING_ERROR: Schema = {
  type: 'object',
  properties: {
    error_code: { type: 'string' },
    message: { type: 'string' },
    error: { type: 'string' },
    errors: PROBLEMS,
  },
  required: ['error_code', 'message', 'error'],
};

/** How a route writes errors: as problem details, or as the clients of its protocol read them. */
export type ErrorShape = 'Problem' | 'ErrorText' | 'ScoringError';

export const ERROR_SCHEMAS: Readonly<Record<ErrorShape, Schema>> = {
  Problem: PROBLEM,
  ErrorText: ERROR_TEXT,
  ScoringError: SCORING_ERROR,
};

/** What the names of an error's answers begin with. */
const PREFIXES: Readonly<Record<ErrorShape, string>> = {
  Problem: 'Error',
  ErrorText: 'ErrorText',
  ScoringError: 'ScoringError',
};

/** Every answer that is an error, as components: `Error400`, `ScoringError400` and so on. */
export const ERROR_RESPONSES: Readonly<Record<string, Schema>> = Object.fromEntries(
  (Object.keys(ERROR_SCHEMAS) as ErrorShape[]).flatMap((shape) =>
    Object.entries(DESCRIPTIONS).map(([status, description]) => [
      PREFIXES[shape] + status,
      {
        description,
        ...(status === '429' || status === '503' ? { headers: RETRY_AFTER } : {}),
        content: {
          [shape === 'Problem' ? 'application/problem+json' : 'application/json']: {
            schema: { $ref: `#/components/schemas/${shape}` },
          },
        },
      },
    ]),
  ),
);

export function errorResponses(
  statuses: readonly number[],
  shape: ErrorShape = 'Problem',
): Readonly<Record<string, Schema>> {
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      { $ref: `#/components/responses/${PREFIXES[shape]}${status}` },
    ]),
  );
}

/** @param content of the answer with status 200. */
export function modelResponses(content: Schema, shape?: ErrorShape): Readonly<Record<string, Schema>> {
  return {
    200: { description: 'the predictions', headers: MODEL_HEADERS, content },
    ...errorResponses([400, 404, 408, 413, 415, 429, 500, 503, 504], shape),
  };
}
