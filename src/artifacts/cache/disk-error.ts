import { GatewayError, messageOf } from '../../errors.ts';
import { NoRoom } from './free-space.ts';

/** The system's code of an error (`ENOENT`), or `null`. */
export function errnoOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : null;
}

export function isMissing(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Whether there was no room for a file, be it the disk's end or a quota's. */
export function isDiskFull(error: unknown): boolean {
  const code = errnoOf(error instanceof GatewayError ? error.cause : error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** CACHE_UNAVAILABLE for an error of the file system below the cache; every other error unchanged. */
export function toCacheError(error: unknown, directory: string): unknown {
  if (error instanceof GatewayError || errnoOf(error) === null) return error;
  const room = error instanceof NoRoom ? ` (${error.message})` : '';
  const message = isDiskFull(error)
    ? `no space is left for the artifact cache in "${directory}"${room}: free some, lower SWITCHYARD_CACHE_MAX_BYTES or move SWITCHYARD_CACHE_DIR`
    : `the artifact cache in "${directory}" cannot be used (${messageOf(error)}): set SWITCHYARD_CACHE_DIR to a directory that can be written`;
  return new GatewayError('CACHE_UNAVAILABLE', message, { cause: error });
}
