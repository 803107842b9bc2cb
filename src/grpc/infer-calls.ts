import { Metadata } from '@grpc/grpc-js';
import { GatewayError, toGatewayError } from '../errors.ts';
import { ERROR_STATUS } from '../http/error-status.ts';
import type { ModelHandlerParts } from '../http/model-handler.ts';
import { requestIdOf } from '../http/request-id.ts';
import { addServedHeaders } from '../http/served-headers.ts';
import { type EndedRequest, recordOutcome, tellFailure } from '../http/tell-outcome.ts';
import { Deadline } from '../inference/deadline.ts';
import { leaseChosen } from '../lifecycle/lease-chosen.ts';
import type { RoutedLease } from '../lifecycle/served-models.ts';
import type { InferAnswerMessage } from '../protocols/open-inference/answer-message.ts';
import { inferByMessage } from '../protocols/open-inference/infer-by-message.ts';
import type { InferRequestMessage } from '../protocols/open-inference/infer-message.ts';

export type InferCallsParts = Pick<
  ModelHandlerParts,
  'service' | 'admission' | 'recorder' | 'onRejected' | 'log' | 'deadlines'
>;

/** What metrics have for an answer by any door. */
const OK = 200;

/** A request as the call has it. */
export interface InferCall {
  readonly message: InferRequestMessage;
  readonly metadata: Metadata;
  /** Until when the client waits. */
  readonly clientDeadline: Date | number;
  /** Calls back when the client has gone away. */
  onCancelled(listener: () => void): void;
}

export interface AnsweredCall {
  readonly message: InferAnswerMessage;
  /** What HTTP has as headers: who answered. */
  readonly metadata: Metadata;
}

/** Inference requests over gRPC: permit, deadline, then the protocol's own work; afterwards metrics and log. */
export class InferCalls {
  readonly #parts: InferCallsParts;

  constructor(parts: InferCallsParts) {
    this.#parts = parts;
  }

  /** @throws GatewayError whatever went wrong; it is told and counted already. */
  async answer(call: InferCall): Promise<AnsweredCall> {
    const { admission, deadlines } = this.#parts;
    const startedAt = performance.now();
    const ended = new Ended(call, startedAt);
    const deadline = this.#deadlineOf(call, startedAt);
    call.onCancelled(() => deadline.end(new GatewayError('CLIENT_GONE', 'the client gave up the call')));
    try {
      admission.enter();
      try {
        return await this.#infer(call, ended, deadline);
      } finally {
        admission.leave();
      }
    } catch (thrown) {
      const failure = toGatewayError(thrown, 'INTERNAL', 'the request failed by a fault of the gateway');
      const status = ERROR_STATUS[failure.code];
      recordOutcome(this.#parts, ended, { status, now: performance.now(), answer: null });
      tellFailure(this.#parts, failure, status, ended);
      throw failure;
    } finally {
      deadlines.finish(deadline);
    }
  }

  async #infer({ message }: InferCall, ended: Ended, deadline: Deadline): Promise<AnsweredCall> {
    const { service } = this.#parts;
    const { requestId, model } = ended;
    const lease = (routed: RoutedLease) => {
      ended.served = routed;
      return routed.lease;
    };
    const answer = await inferByMessage({
      message,
      requestId,
      deadline,
      lease: (choice) =>
        choice === null
          ? lease(service.lease(model))
          : leaseChosen(service, model, choice).then((routed) => lease(routed)),
    });
    const now = performance.now();
    deadline.throwIfOver(now);
    recordOutcome(this.#parts, ended, { status: OK, now, answer });
    return { message: answer.message, metadata: ended.describe() };
  }

  /** Its own if the client waits less long than requests may take. */
  #deadlineOf({ clientDeadline }: InferCall, startedAt: number): Deadline {
    const common = this.#parts.deadlines.begin(startedAt, null);
    const clientMs = Number(clientDeadline) - Date.now();
    if (!(startedAt + clientMs < common.at)) return common;
    this.#parts.deadlines.finish(common);
    return new Deadline(startedAt + clientMs, Math.round(clientMs));
  }
}

/** One request as it is told afterwards. */
class Ended implements EndedRequest {
  readonly protocol = 'grpc';
  readonly model: string | null;
  readonly requestId: string;
  readonly startedAt: number;
  served: RoutedLease | null = null;

  constructor({ message, metadata }: InferCall, startedAt: number) {
    this.model = message.model_name || null;
    this.requestId = requestIdOf(metadata.get('x-request-id')[0]?.toString());
    this.startedAt = startedAt;
  }

  /** Names and values as of HTTP's headers (contract section 6). */
  describe(): Metadata {
    const headers = ['x-request-id', this.requestId];
    addServedHeaders(headers, this.served);
    const metadata = new Metadata();
    for (let at = 0; at < headers.length; at += 2) metadata.set(headers[at]!, headers[at + 1]!);
    return metadata;
  }
}
