import type { ModelAnswer, ModelRequest } from '../protocol.ts';
import type { CustomAttributes } from './custom-attributes.ts';
import type { RequestFormat } from './request-format.ts';

/** What the Open Inference Protocol does with a request. */
export type Infer = (request: ModelRequest) => Promise<ModelAnswer>;

/** Says in requests and answers where their JSON ends; SageMaker lets it through in neither direction. */
const JSON_LENGTH_HEADER = 'inference-header-content-length';
/** The content types that say it instead, with a parameter (reference protocols.md 7.1, 7.2). */
const TRITON_TYPE = 'application/vnd.sagemaker-triton.binary+json';

/** How far into a body its `inputs` must begin. */
const HEAD_BYTES = 64 * 1024;
const TENSOR_KEYS = ['"name"', '"shape"', '"datatype"'];

/**
 * Whether a JSON body on `/invocations` is one of the Open Inference Protocol: its `inputs` is a list of objects that
 * have a name, a shape and a datatype. Looks at the bytes, so that no other body is parsed twice.
 */
export function isInferBody(body: Uint8Array): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!TENSOR_KEYS.every((key) => bytes.includes(key))) return false;
  return /"inputs"\s*:\s*\[\s*\{/.test(bytes.toString('latin1', 0, HEAD_BYTES));
}

/**
 * Answers a request of the Open Inference Protocol that came to `/invocations`, as Triton's containers for SageMaker and
 * Vertex AI do: where the JSON of a body with binary tensors ends stands in its content type, both ways.
 */
export async function inferInvocations(
  request: ModelRequest,
  format: Extract<RequestFormat, { kind: 'json' | 'infer' }>,
  { model, version }: CustomAttributes,
  infer: Infer,
): Promise<ModelAnswer> {
  const route = request.model ?? model;
  const jsonBytes = format.kind === 'infer' ? format.jsonBytes : null;
  const answer = await infer({
    // Once it has a lease, the route of that.
    get model() {
      return request.model;
    },
    body: request.body,
    mediaType: request.mediaType,
    deadline: request.deadline,
    requestId: request.requestId,
    query: (name) => request.query(name),
    header: (name) =>
      name === JSON_LENGTH_HEADER ? (jsonBytes ?? request.header(name)) : request.header(name),
    param: (name) => (name === 'version' ? (version ?? undefined) : request.param(name)),
    lease: () => request.lease(route),
    leaseChosen: (choice) => request.leaseChosen(choice, route),
  });
  const at = answer.headers?.indexOf(JSON_LENGTH_HEADER) ?? -1;
  if (at < 0) return answer;
  const type = format.kind === 'infer' ? format.type : TRITON_TYPE;
  return { ...answer, contentType: `${type};json-header-size=${answer.headers![at + 1]}` };
}
