import type { ErrorCode } from '../errors.ts';

/** The one place that turns error codes into HTTP status codes (contract section 7). */
export const ERROR_STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_INPUT: 400,
  MODEL_AMBIGUOUS: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  MODEL_NOT_FOUND: 404,
  VERSION_NOT_FOUND: 404,
  ROUTE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TIMEOUT: 408,
  NO_PREVIOUS_VERSION: 409,
  LOAD_FAILED: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  MODEL_OVERLOADED: 429,
  RATE_LIMITED: 429,
  INFERENCE_FAILED: 500,
  INTERNAL: 500,
  NOT_IMPLEMENTED: 501,
  MODEL_NOT_READY: 503,
  SHUTTING_DOWN: 503,
  DEADLINE_EXCEEDED: 504,
  // As proxies write it into their logs; no client ever sees it.
  CLIENT_GONE: 499,
  // Reasons why a version does not serve. Operators' calls can meet them; they are never a client's fault.
  INVALID_SETTING: 500,
  REGISTRY_UNAVAILABLE: 503,
  REGISTRY_FORBIDDEN: 503,
  POINTER_UNASSIGNED: 404,
  VERSION_NOT_READY: 503,
  ARTIFACT_UNAVAILABLE: 503,
  ARTIFACT_INVALID: 409,
  ARTIFACT_FORBIDDEN: 409,
  CACHE_UNAVAILABLE: 503,
  UNSUPPORTED_MODEL: 409,
  INVALID_MODEL: 409,
  LOAD_CRASHED: 409,
  LOAD_TIMEOUT: 409,
  MEMORY_LIMIT: 409,
  SIGNATURE_INCOMPATIBLE: 409,
};

/** Seconds in `Retry-After` where the error itself does not know better; only for status codes that promise one. */
const DEFAULT_RETRY_AFTER_SECONDS = 1;

/** The `Retry-After` header of an answer, or none. */
export function retryAfterHeader(status: number, retryAfterSeconds: number | null): Record<string, string> {
  if (status !== 429 && status !== 503) return {};
  return { 'retry-after': String(retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS) };
}
