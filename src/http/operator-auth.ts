import { createHash, timingSafeEqual } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import type { Secret } from '../model/secret.ts';

/**
 * Lets only the holder of the operator's token pass.
 *
 * @param token `null`: none is configured, and the routes are closed.
 * @throws GatewayError FORBIDDEN without a configured token, UNAUTHENTICATED for a missing or wrong one.
 */
export function authorizeOperator(token: Secret | null, authorization: string | undefined): void {
  if (token === null) {
    throw new GatewayError(
      'FORBIDDEN',
      'operator routes are closed because no SWITCHYARD_ADMIN_TOKEN is set',
    );
  }
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (given !== undefined && isEqual(given, token.reveal())) return;
  throw new GatewayError('UNAUTHENTICATED', 'send the operator token as "Authorization: Bearer …"');
}

/** In a time that does not depend on where the texts differ. */
function isEqual(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
