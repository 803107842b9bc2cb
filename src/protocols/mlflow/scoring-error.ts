import type { ErrorCode, GatewayError } from '../../errors.ts';
import type { ErrorBody } from '../protocol.ts';

/** MLflow's word for each error that a client can meet; everything else is a fault of the gateway. */
const MLFLOW_CODES: Partial<Readonly<Record<ErrorCode, string>>> = {
  INVALID_INPUT: 'BAD_REQUEST',
  MODEL_AMBIGUOUS: 'BAD_REQUEST',
  METHOD_NOT_ALLOWED: 'BAD_REQUEST',
  PAYLOAD_TOO_LARGE: 'BAD_REQUEST',
  UNSUPPORTED_MEDIA_TYPE: 'BAD_REQUEST',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'PERMISSION_DENIED',
  MODEL_NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST',
  VERSION_NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST',
  ROUTE_NOT_FOUND: 'ENDPOINT_NOT_FOUND',
  BODY_TIMEOUT: 'DEADLINE_EXCEEDED',
  DEADLINE_EXCEEDED: 'DEADLINE_EXCEEDED',
  MODEL_OVERLOADED: 'RESOURCE_EXHAUSTED',
  RATE_LIMITED: 'REQUEST_LIMIT_EXCEEDED',
  NOT_IMPLEMENTED: 'NOT_IMPLEMENTED',
  MODEL_NOT_READY: 'TEMPORARILY_UNAVAILABLE',
  VERSION_NOT_READY: 'TEMPORARILY_UNAVAILABLE',
  SHUTTING_DOWN: 'TEMPORARILY_UNAVAILABLE',
  CLIENT_GONE: 'CANCELLED',
};

/**
 * An error as MLflow's scoring server writes it, with `error` for clients of the other protocols that speak on
 * `/invocations` (reference protocols.md 6.5, 9). What does not fit the model's signature is
 * `INVALID_PARAMETER_VALUE`, and `errors` tells all of it.
 */
export function scoringError(error: GatewayError): ErrorBody {
  const { code, message, problems } = error;
  const misfits = code === 'INVALID_INPUT' && problems.length > 0;
  return {
    contentType: 'application/json',
    body: JSON.stringify({
      error_code: misfits ? 'INVALID_PARAMETER_VALUE' : (MLFLOW_CODES[code] ?? 'INTERNAL_ERROR'),
      message,
      error: message,
      ...(problems.length > 0 && { errors: problems }),
    }),
  };
}
