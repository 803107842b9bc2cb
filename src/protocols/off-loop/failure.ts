import { GatewayError, messageOf } from '../../errors.ts';
import type { Failure } from './messages.ts';

/** An error for the way to another thread; what is no GatewayError becomes INTERNAL, and its stack the cause. */
export function toFailure(error: unknown): Failure {
  if (error instanceof GatewayError) {
    const { code, message, problems, retryAfterSeconds } = error;
    return { code, message, problems, retryAfterSeconds, cause: null };
  }
  return {
    code: 'INTERNAL',
    message: 'the request failed by a fault of the gateway',
    problems: [],
    retryAfterSeconds: null,
    cause: error instanceof Error ? (error.stack ?? error.message) : messageOf(error),
  };
}

/** The inverse of `toFailure`. */
export function fromFailure({ code, message, problems, retryAfterSeconds, cause }: Failure): GatewayError {
  return new GatewayError(code, message, {
    problems,
    ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    ...(cause === null ? {} : { cause }),
  });
}
