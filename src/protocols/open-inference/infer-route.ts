import type { Lease } from '../../lifecycle/servable.ts';
import type { LargeBodies } from '../large-bodies.ts';
import type { ModelAnswer, ModelRequest } from '../protocol.ts';
import { versionChoice } from '../version-choice.ts';
import { chooseCompression, compress } from './answer-compression.ts';
import { answeredOutputs } from './answered-outputs.ts';
import type { InferOptions } from './codec.ts';
import { decodeInfer } from './decode-infer.ts';
import { encodeInfer, type InferAnswer } from './encode-infer.ts';
import { OwnDeadline } from './own-deadline.ts';
import { JSON_LENGTH_HEADER, splitBody } from './split-body.ts';

/** `POST /v2/models/{model}[/versions/{version}]/infer`. */
export async function infer(request: ModelRequest, largeBodies: LargeBodies): Promise<ModelAnswer> {
  const startedAt = performance.now();
  using lease = await leaseFor(request);
  const { servable } = lease;
  servable.admit(1, request.deadline);
  const { signature, version } = servable;
  const options: InferOptions = {
    model: request.model!,
    version: version.version,
    requestId: request.requestId,
    jsonBytes: null,
    mayBeTexts: false,
    blobSizes: [],
  };
  const split = splitBody(request.body, request.header(JSON_LENGTH_HEADER));
  using large = largeBodies.claim(request.body);
  const { deadline } = request;
  const { tensors, rows, form } = await decodeInfer({ ...split, large, signature, options, deadline });
  const parseMs = performance.now() - startedAt;
  using own = new OwnDeadline(deadline, startedAt, form.timeoutMs);
  const { outputs, timings } = await servable.infer(tensors, rows, own.deadline);
  const inferredAt = performance.now();
  const answered = answeredOutputs({ outputs, rows, signature, form, options });
  const encoded = await encodeInfer(answered, largeBodies, deadline);
  const answer = await finish(encoded, request);
  const encodeMs = performance.now() - inferredAt;
  return { ...answer, timings: { parseMs, queueMs: timings.queueMs, inferMs: timings.inferMs, encodeMs } };
}

function leaseFor(request: ModelRequest): Lease | Promise<Lease> {
  const choice = versionChoice(request.param('version'));
  return choice === null ? request.lease() : request.leaseChosen(choice);
}

async function finish(
  { body, nonFinite, jsonBytes }: InferAnswer,
  request: ModelRequest,
): Promise<Omit<ModelAnswer, 'timings'>> {
  const contentType = jsonBytes === null ? 'application/json' : 'application/octet-stream';
  const headers = jsonBytes === null ? [] : [JSON_LENGTH_HEADER, String(jsonBytes)];
  const compression = chooseCompression(request.header('accept-encoding'), body.length);
  if (compression === null) return { contentType, body, nonFinite, headers };
  headers.push('content-encoding', compression, 'vary', 'accept-encoding');
  return { contentType, body: await compress(body, compression), nonFinite, headers };
}
