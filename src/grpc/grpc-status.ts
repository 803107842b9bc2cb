import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { type GatewayError, toGatewayError } from '../errors.ts';
import { ERROR_STATUS } from '../http/error-status.ts';

/**
 * Too many requests are `RESOURCE_EXHAUSTED`, because clients repeat what is `UNAVAILABLE` at once.
 * Source: the status codes of gRPC, and `reference/protocols.md` section 3.4.
 */
const STATUS_OF_HTTP: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  404: status.NOT_FOUND,
  408: status.DEADLINE_EXCEEDED,
  409: status.FAILED_PRECONDITION,
  413: status.RESOURCE_EXHAUSTED,
  415: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  499: status.CANCELLED,
  500: status.INTERNAL,
  501: status.UNIMPLEMENTED,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
};

/** How much of a list of problems fits into the 8 KiB that clients take as the header of a status. */
const MOST_PROBLEMS = 20;

/** An error as clients of gRPC see it. */
export function toServiceError(thrown: unknown): Partial<StatusObject> & Pick<ServiceError, 'code'> {
  const error = toGatewayError(thrown, 'INTERNAL', 'the request failed by a fault of the gateway');
  const metadata = new Metadata();
  metadata.set('x-error-code', error.code);
  if (error.retryAfterSeconds !== null) metadata.set('retry-after', String(error.retryAfterSeconds));
  const code = STATUS_OF_HTTP[ERROR_STATUS[error.code]] ?? status.UNKNOWN;
  return { code, details: describe(error), metadata };
}

/** A single problem is the message already. */
function describe({ message, problems }: GatewayError): string {
  if (problems.length < 2) return message;
  const shown = problems.slice(0, MOST_PROBLEMS).map(({ pointer, detail }) => `${detail} (at ${pointer})`);
  if (problems.length > MOST_PROBLEMS) shown.push(`and ${problems.length - MOST_PROBLEMS} more`);
  return `${problems.length} problems: ${shown.join('; ')}`;
}
