import { Buffer } from 'node:buffer';
import { GatewayError } from '../errors.ts';

/** More files than any model needs; a listing that is longer is an attack or a mistake. */
export const MAX_FILES = 10_000;
const MAX_PATH_BYTES = 1_024;
/** The limit of one name in every common file system. */
const MAX_SEGMENT_BYTES = 255;

/** Why `path` may not be written below a directory of ours, or `null` if it may. Paths are relative and `/`-separated. */
export function whyUnsafe(path: string): string | null {
  if (path === '') return 'is empty';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  if (hasControlCharacter(path)) return 'holds a control character';
  if (path.includes('\\')) return 'holds a backslash';
  if (path.startsWith('/')) return 'is absolute';
  if (/^[A-Za-z]:/.test(path)) return 'begins with a drive letter';
  for (const segment of path.split('/')) {
    if (segment === '') return 'holds an empty segment';
    if (segment === '.' || segment === '..') return `holds the segment "${segment}"`;
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      return `holds a name longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return null;
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** @throws GatewayError ARTIFACT_INVALID naming the path and what is wrong with it. */
export function checkArtifactPath(path: string): void {
  const why = whyUnsafe(path);
  if (why !== null)
    throw new GatewayError('ARTIFACT_INVALID', `artifact path "${printablePath(path)}" ${why}`);
}

/**
 * Checks the paths of one version together: each one safe, none twice, none both a file and a folder, not too many.
 *
 * @throws GatewayError ARTIFACT_INVALID naming the first path that is wrong.
 */
export function checkArtifactPaths(paths: readonly string[]): void {
  if (paths.length > MAX_FILES) {
    throw new GatewayError(
      'ARTIFACT_INVALID',
      `the version has ${paths.length} files, more than ${MAX_FILES}`,
    );
  }
  const files = new Set<string>();
  for (const path of paths) {
    checkArtifactPath(path);
    if (files.has(path))
      throw new GatewayError('ARTIFACT_INVALID', `artifact path "${path}" is listed twice`);
    files.add(path);
  }
  for (const path of paths) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      if (files.has(folder))
        throw new GatewayError('ARTIFACT_INVALID', `artifact path "${folder}" is both a file and a folder`);
    }
  }
}

/** Each segment percent-encoded, slashes kept. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** At most 128 characters of `path`, control characters replaced. */
export function printablePath(path: string): string {
  const cut = path.length > 128 ? `${path.slice(0, 127)}…` : path;
  return Array.from(cut, (character) => (hasControlCharacter(character) ? '\uFFFD' : character)).join('');
}
