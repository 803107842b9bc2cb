import { createHash } from 'node:crypto';
import { type ModelVersion, versionKey } from '../model/model-version.ts';

/** The name of a version's entry: its identity and where the registry says it came from, so a changed source is another entry. */
export function cacheKey(version: ModelVersion): string {
  return `${versionKey(version)}-${createHash('sha256').update(version.source).digest('hex').slice(0, 16)}`;
}

/** The part of a key that entries of one version with different sources share. */
export function keyStem(key: string): string {
  return key.slice(0, key.indexOf('-') + 1);
}
