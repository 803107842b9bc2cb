import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import type { ModelSlot } from './model-slot.ts';
import type { LastGood } from './slot-memory.ts';
import type { LoadRequest } from './version-loader.ts';

/**
 * What a load of `version` is judged by: the requests of what serves, or served last, must stay valid, except on the
 * way back to the previous version, which is always open.
 */
export function planLoad(
  version: ModelVersion,
  { current, previous }: Pick<ModelSlot, 'current' | 'previous'>,
  lastGood: LastGood | null,
): Pick<LoadRequest, 'reference' | 'hasFallback'> {
  const last = isSameVersion(lastGood?.version ?? null, version) ? null : lastGood;
  const isWayBack = isSameVersion(previous?.version ?? null, version);
  const served = isWayBack ? null : (current ?? last);
  return {
    reference: served?.signature ? { signature: served.signature, version: served.version.version } : null,
    hasFallback: current !== null || last !== null,
  };
}
