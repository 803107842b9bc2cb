import type { StoredObject } from '../../values/stored-value.ts';
import { HeapBudget } from '../heap-budget.ts';
import { newObject } from '../inert-object.ts';
import { parseJsonValue } from '../json-value.ts';
import { isOfKind } from '../stored-kind.ts';
import { readXgboost } from './read-xgboost.ts';

export const XGBOOST_BOOSTER = 'xgboost.core.Booster';
/** Where a class of the scikit-learn interface keeps its parameters in the file; since 2.1 only its kind. */
const PARAMETERS = 'scikit_learn';

/**
 * What `mlflow.xgboost.load_model` makes of a model file: a Booster, or an estimator of the scikit-learn interface
 * with one as its `_Booster` and the parameters that the file keeps of it.
 *
 * @param modelClass the flavour's `model_class`.
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL.
 */
export function readXgboostEstimator(bytes: Uint8Array, modelClass = XGBOOST_BOOSTER): StoredObject {
  const budget = new HeapBudget();
  const handle = readXgboost(bytes, budget);
  const booster = newObject(XGBOOST_BOOSTER);
  booster.attributes.set('handle', handle);
  if (modelClass === XGBOOST_BOOSTER) return booster;
  const estimator = newObject(modelClass);
  for (const [name, value] of parametersOf(handle, budget)) estimator.attributes.set(name, value);
  estimator.attributes.set('_Booster', booster);
  return estimator;
}

function parametersOf(handle: StoredObject, budget: HeapBudget): StoredObject['attributes'] {
  const text = memberOf(memberOf(handle, 'learner'), 'attributes')?.attributes.get(PARAMETERS);
  if (typeof text !== 'string') return new Map();
  const parameters = parseJsonValue(text, budget, `its "${PARAMETERS}"`);
  return isOfKind(parameters, 'object') ? (parameters as StoredObject).attributes : new Map();
}

function memberOf(object: StoredObject | undefined, name: string): StoredObject | undefined {
  const value = object?.attributes.get(name);
  return isOfKind(value, 'object') ? (value as StoredObject) : undefined;
}
