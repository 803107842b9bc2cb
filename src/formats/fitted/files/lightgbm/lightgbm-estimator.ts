import type { StoredObject } from '../../values/stored-value.ts';
import { newObject } from '../inert-object.ts';
import { readLightgbm } from './read-lightgbm.ts';

/** What `lightgbm.Booster(model_file=…)` makes of a model file. @throws GatewayError INVALID_MODEL. */
export function readLightgbmBooster(bytes: Uint8Array): StoredObject {
  const booster = newObject('lightgbm.basic.Booster');
  booster.attributes.set('_handle', readLightgbm(bytes));
  return booster;
}
