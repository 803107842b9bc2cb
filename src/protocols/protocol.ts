import type { GatewayError } from '../errors.ts';
import type { Deadline } from '../inference/deadline.ts';
import type { Lease } from '../lifecycle/servable.ts';
import type { VersionChoice } from '../model/version-choice.ts';

/** A request to a model as a protocol sees it; everything about the connection is dealt with already. */
export interface ModelRequest {
  /** The route's name from the path, `null` where it names none; once there is a lease, the route of that. */
  readonly model: string | null;
  /** The whole body, unpacked. It is the protocol's: large ones are handed to another thread. */
  readonly body: Uint8Array;
  /** Media type without parameters, in lower case; empty if there was none. */
  readonly mediaType: string;
  /** Ends when its time is up or the client goes away. */
  readonly deadline: Deadline;
  /** The one that the answer carries. */
  readonly requestId: string;
  query(name: string): string | null;
  /** By its name in lower case. */
  header(name: string): string | undefined;
  /** What stands in the path for a name of `ModelRoute.path` other than `:model`. */
  param(name: string): string | undefined;

  /**
   * From here to its disposal the request sees exactly one version: `using lease = request.lease()`.
   *
   * @param route for protocols that have the model's name elsewhere than in the path.
   * @throws GatewayError MODEL_NOT_FOUND, MODEL_AMBIGUOUS, MODEL_NOT_READY.
   */
  lease(route?: string | null): Lease;

  /**
   * As `lease`, for a request that names a version: `using lease = await request.leaseChosen(choice)`.
   *
   * @throws GatewayError as `leaseChosen` in `lifecycle/lease-chosen.ts`.
   */
  leaseChosen(choice: VersionChoice, route?: string | null): Promise<Lease>;
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
  /** Names (in lower case) and values by turns, beside those that every answer has. */
  readonly headers?: readonly string[];
}

export interface ModelRoute {
  readonly method: 'POST';
  /** As Hono writes paths; the model's name is `:model`, also in `:model:predict`, which ends in that text. */
  readonly path: string;
  handle(request: ModelRequest): Promise<ModelAnswer>;
}

/** A request that runs no model. */
export interface InfoRequest {
  /** What stands in the path for a name of `InfoRoute.path`, `model` among them. */
  param(name: string): string | undefined;
  query(name: string): string | null;
  header(name: string): string | undefined;
  /** The whole body, unpacked. @throws GatewayError PAYLOAD_TOO_LARGE, BODY_TIMEOUT, UNSUPPORTED_MEDIA_TYPE. */
  readBody(): Promise<Uint8Array>;
}

export interface InfoAnswer {
  /** Without one it is a success; what fails is thrown. */
  readonly status?: number;
  readonly contentType: string;
  readonly body: string;
}

/** What a protocol tells of the server and its models, and what it lets operators do. */
export interface InfoRoute {
  readonly method: 'GET' | 'POST';
  /** As `ModelRoute.path`. */
  readonly path: string;
  /** Whether only the holder of the operator's token may call it (contract 4.4). */
  readonly needsOperator?: boolean;
  handle(request: InfoRequest): InfoAnswer | Promise<InfoAnswer>;
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
  readonly infoRoutes: readonly InfoRoute[];
  /**
   * Beginnings of paths, like `/v2`: what lies under them and is no route, or has another method, is refused in the
   * shape of this protocol.
   */
  readonly prefixes: readonly string[];
  /** An error in the shape of this protocol. @param status of the answer, for shapes that repeat it. */
  errorBody(error: GatewayError, status: number, requestId: string): ErrorBody;
}
