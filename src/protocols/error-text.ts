import type { GatewayError } from '../errors.ts';
import type { ErrorBody } from './protocol.ts';

/**
 * `{"error": "…"}`, all that Triton, TensorFlow Serving and KServe know of errors, and beside it what our own routes
 * tell. `ready` is for the clients of readiness that look into the body.
 */
export function errorText(error: GatewayError, _status: number, requestId: string): ErrorBody {
  const { code, message, problems } = error;
  const isUnready = code === 'MODEL_NOT_READY' || code === 'SHUTTING_DOWN';
  return {
    // Without a charset: clients compare it with this text, and else do not read the error.
    contentType: 'application/json',
    body: JSON.stringify({
      error: message,
      code,
      requestId,
      ...(isUnready ? { ready: false } : {}),
      ...(problems.length > 0 ? { errors: problems } : {}),
    }),
  };
}
