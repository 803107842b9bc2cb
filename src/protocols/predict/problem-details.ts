import type { GatewayError } from '../../errors.ts';
import type { ErrorBody } from '../protocol.ts';

/**
 * RFC 9457 problem details, the shape of all our own routes. `detail` reads well alone, for clients of FastAPI that
 * look at nothing else.
 */
export function problemDetails(error: GatewayError, status: number, requestId: string): ErrorBody {
  return {
    contentType: 'application/problem+json',
    body: JSON.stringify({
      type: 'about:blank',
      title: titleOf(error.code),
      status,
      detail: error.message,
      code: error.code,
      requestId,
      errors: error.problems,
    }),
  };
}

/** `MODEL_NOT_FOUND` → `Model not found`. */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
