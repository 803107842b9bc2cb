import type { Deadline } from '../../inference/deadline.ts';
import type { Lease } from '../../lifecycle/servable.ts';
import { ProblemList } from '../../model/problem-list.ts';
import type { VersionChoice } from '../../model/version-choice.ts';
import type { AnswerTimings } from '../protocol.ts';
import { readTensors } from '../tensors/read-tensors.ts';
import { versionChoice } from '../version-choice.ts';
import { encodeAnswerMessage, type InferAnswerMessage } from './answer-message.ts';
import { answeredOutputs } from './answered-outputs.ts';
import { countNonFinite } from './count-non-finite.ts';
import { type InferRequestMessage, readInferMessage } from './infer-message.ts';
import { OwnDeadline } from './own-deadline.ts';

/** A request over gRPC, with everything about the connection dealt with. */
export interface MessageRequest {
  readonly message: InferRequestMessage;
  readonly requestId: string;
  readonly deadline: Deadline;
  /** @throws GatewayError as `ModelRequest.lease` and `.leaseChosen`. */
  lease(choice: VersionChoice | null): Lease | Promise<Lease>;
}

export interface MessageAnswer {
  readonly message: InferAnswerMessage;
  readonly timings: AnswerTimings;
  /** NaN and infinite numbers among the outputs. */
  readonly nonFinite: number;
}

/**
 * `ModelInfer`.
 *
 * @throws GatewayError INVALID_INPUT with every problem; NOT_IMPLEMENTED; as `lease`, `Servable.admit`, `Servable.infer`.
 */
export async function inferByMessage({
  message,
  requestId,
  deadline,
  lease: take,
}: MessageRequest): Promise<MessageAnswer> {
  const startedAt = performance.now();
  using lease = await take(versionChoice(message.model_version || undefined));
  const { servable } = lease;
  servable.admit(1, deadline);
  const { signature, version } = servable;
  const problems = new ProblemList();
  const { tensors: given, ...form } = readInferMessage(message, signature, problems);
  // What is wrong with the envelope leaves tensors out, which would be called missing.
  problems.throwIfAny();
  const { tensors, rows } = readTensors({ tensors: given, signature, problems });
  problems.throwIfAny();
  const parseMs = performance.now() - startedAt;
  using own = new OwnDeadline(deadline, startedAt, form.timeoutMs);
  const { outputs, timings } = await servable.infer(tensors, rows, own.deadline);
  const inferredAt = performance.now();
  const options = {
    model: message.model_name ?? '',
    version: version.version,
    requestId,
    jsonBytes: null,
    mayBeTexts: false,
    blobSizes: [],
  };
  const answer = answeredOutputs({ outputs, rows, signature, form, options });
  const encoded = encodeAnswerMessage(
    answer,
    given.some(({ values }) => values.kind === 'values'),
  );
  const nonFinite = answer.outputs.reduce((sum, tensor) => sum + countNonFinite(tensor), 0);
  const encodeMs = performance.now() - inferredAt;
  return {
    message: encoded,
    timings: { parseMs, queueMs: timings.queueMs, inferMs: timings.inferMs, encodeMs },
    nonFinite,
  };
}
