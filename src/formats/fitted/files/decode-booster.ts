import type { StoredObject } from '../values/stored-value.ts';
import type { HeapBudget } from './heap-budget.ts';
import { readLightgbm } from './lightgbm/read-lightgbm.ts';
import { readXgboost } from './xgboost/read-xgboost.ts';

/** Attributes that hold a model in its library's own format; LightGBM 4 put an underscore before its own. */
const HANDLES: Readonly<Record<string, readonly string[]>> = {
  'xgboost.core.Booster': ['handle'],
  'lightgbm.basic.Booster': ['handle', '_handle'],
};

/**
 * Reads the model within a Booster, which the pickle of an estimator holds as bytes (XGBoost) or text (LightGBM), and puts it
 * in their place. Any other object stays as it is.
 *
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL.
 */
export function decodeBooster(object: StoredObject, budget: HeapBudget): void {
  for (const name of (Object.hasOwn(HANDLES, object.type) && HANDLES[object.type]) || []) {
    const handle = object.attributes.get(name);
    if (handle instanceof Uint8Array) object.attributes.set(name, readXgboost(handle, budget));
    else if (typeof handle === 'string') object.attributes.set(name, readLightgbm(handle, budget));
  }
}
