import type { GatewayError } from '../errors.ts';
import type { Deadline } from '../inference/deadline.ts';
import type { Lease } from '../lifecycle/servable.ts';

/** A request to a model as a protocol sees it; everything about the connection is dealt with already. */
export interface ModelRequest {
  /** The route's name from the path; `null`: the default model. */
  readonly model: string | null;
  /** The whole body, unpacked. It is the protocol's: large ones are handed to another thread. */
  readonly body: Uint8Array;
  /** Media type without parameters, in lower case; empty if there was none. */
  readonly mediaType: string;
  /** Ends when its time is up or the client goes away. */
  readonly deadline: Deadline;
  query(name: string): string | null;

  /**
   * From here to its disposal the request sees exactly one version: `using lease = request.lease()`.
   *
   * @throws GatewayError MODEL_NOT_FOUND, MODEL_AMBIGUOUS, MODEL_NOT_READY.
   */
  lease(): Lease;
}

/** Where the time went, in milliseconds. */
export interface AnswerTimings {
  readonly parseMs: number;
  readonly queueMs: number;
  readonly inferMs: number;
  readonly encodeMs: number;
}

export interface ModelAnswer {
  readonly contentType: string;
  /** Text, or its UTF-8 bytes. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly timings: AnswerTimings;
  /** NaN and infinite numbers that were written as `null`. */
  readonly nonFinite: number;
}

export interface ModelRoute {
  readonly method: 'POST';
  /** As Hono writes paths; the model's name is `:model`. */
  readonly path: string;
  handle(request: ModelRequest): Promise<ModelAnswer>;
}

export interface ErrorBody {
  readonly contentType: string;
  readonly body: string;
}

/** One wire protocol: wire value ↔ tensors. Knows no engine and no status codes. */
export interface Protocol {
  /** The value of the metrics label `protocol`. */
  readonly name: string;
  readonly routes: readonly ModelRoute[];
  /** An error in the shape of this protocol. @param status of the answer, for shapes that repeat it. */
  errorBody(error: GatewayError, status: number, requestId: string): ErrorBody;
}
