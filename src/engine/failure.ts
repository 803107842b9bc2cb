import { type ErrorCode, GatewayError, messageOf } from '../errors.ts';

/** A GatewayError as it travels between threads and processes; its cause stays behind. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** @param code for errors that are no GatewayError. */
export function toFailure(error: unknown, code: ErrorCode): Failure {
  return { code: error instanceof GatewayError ? error.code : code, message: messageOf(error) };
}

/** The inverse of `toFailure`. */
export function fromFailure({ code, message }: Failure): GatewayError {
  return new GatewayError(code, message);
}
