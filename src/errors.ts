/**
 * Every way in which something can fail, by name. The first group is what a client can be answered with
 * (contract section 7); the second names why a version does not serve and is shown as a model's `lastError`.
 */
export type ErrorCode =
  /** The request's values do not fit the model's signature, or the body is not what the route takes. */
  | 'INVALID_INPUT'
  /** A route without a model name was called, and no default model is known. */
  | 'MODEL_AMBIGUOUS'
  /** No, or a wrong, operator token. */
  | 'UNAUTHENTICATED'
  /** The caller is known and may not do this; or the route is switched off because no token is set. */
  | 'FORBIDDEN'
  | 'MODEL_NOT_FOUND'
  | 'VERSION_NOT_FOUND'
  | 'ROUTE_NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  /** The body was not complete within the body time-out. */
  | 'BODY_TIMEOUT'
  /** A rollback was asked for and there is no previous version. */
  | 'NO_PREVIOUS_VERSION'
  /** An operator asked for a version that cannot be loaded. */
  | 'LOAD_FAILED'
  /** The body is over the limit, or it or its answer takes more memory than there is. */
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** Too many requests in flight, or too many bytes of unfinished or large bodies. */
  | 'MODEL_OVERLOADED'
  | 'RATE_LIMITED'
  /** The runtime failed on a request that had passed every check. */
  | 'INFERENCE_FAILED'
  | 'INTERNAL'
  | 'NOT_IMPLEMENTED'
  /** The model is configured and has no version that serves yet. */
  | 'MODEL_NOT_READY'
  | 'SHUTTING_DOWN'
  | 'DEADLINE_EXCEEDED'
  /** The client closed its connection; nobody reads the answer. */
  | 'CLIENT_GONE'
  /** A setting is wrong; stops the start. */
  | 'INVALID_SETTING'
  /** The registry did not answer, or answered with something that is no answer. Retried every poll. */
  | 'REGISTRY_UNAVAILABLE'
  /** The registry refused our credentials (401/403). No instruction to unload anything. */
  | 'REGISTRY_FORBIDDEN'
  /** The pointer names no version now (no such model, stage empty, alias not set). */
  | 'POINTER_UNASSIGNED'
  /** The version exists and is not READY, or its directory is still being copied. */
  | 'VERSION_NOT_READY'
  /** A file of the version could not be fetched; retried. */
  | 'ARTIFACT_UNAVAILABLE'
  /** A file of the version is wrong by itself: unsafe path, wrong size, missing. */
  | 'ARTIFACT_INVALID'
  /** The artifacts lie where this gateway may not fetch from (origin or root not listed). */
  | 'ARTIFACT_FORBIDDEN'
  /** The disk is full or the cache cannot be written. */
  | 'CACHE_UNAVAILABLE'
  /** The version has no flavour, operator or type that can be served here. */
  | 'UNSUPPORTED_MODEL'
  /** The model file cannot be read: truncated, no ONNX, missing external data. */
  | 'INVALID_MODEL'
  /** The trial process died while it loaded or ran the version, or the server did at an earlier start. */
  | 'LOAD_CRASHED'
  /** The trial process was killed because load and warm-up took longer than the load time-out. */
  | 'LOAD_TIMEOUT'
  /** The version would not fit into the memory limit. */
  | 'MEMORY_LIMIT'
  /** Requests valid for the current version would not be valid for this one. */
  | 'SIGNATURE_INCOMPATIBLE';

/** One thing that is wrong with an input. */
export interface Problem {
  /** JSON pointer (RFC 6901) to the value within the request body, e.g. `/features/0/petal_width`. */
  readonly pointer: string;
  /** What is wrong with it and what was expected, without the value itself. */
  readonly detail: string;
}

export interface GatewayErrorOptions {
  readonly cause?: unknown;
  readonly problems?: readonly Problem[];
  /** After how many seconds a repeat makes sense; becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** The one error class. Match on `code`; `message` is for people: lower case, what and which, values in quotes. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];
  readonly retryAfterSeconds: number | null;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.problems = options.problems ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** `error` if it is a GatewayError already, else one of `code` that wraps it. */
export function toGatewayError(error: unknown, code: ErrorCode, message: string): GatewayError {
  return error instanceof GatewayError ? error : new GatewayError(code, message, { cause: error });
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A GatewayError as plain data, on its way to another thread or process. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly problems: readonly Problem[];
  readonly retryAfterSeconds: number | null;
  /** In words, for the log; `null` if there is none. */
  readonly cause: string | null;
}

export function toErrorRecord(error: GatewayError): ErrorRecord {
  const { code, message, problems, retryAfterSeconds, cause } = error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : messageOf(cause);
  return { code, message, problems, retryAfterSeconds, cause: cause === undefined ? null : text };
}

/** The inverse of `toErrorRecord`. */
export function fromErrorRecord({
  code,
  message,
  problems,
  retryAfterSeconds,
  cause,
}: ErrorRecord): GatewayError {
  return new GatewayError(code, message, {
    problems,
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    ...(cause === null ? {} : { cause }),
  });
}
