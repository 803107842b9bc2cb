import { GatewayError } from '../../../../errors.ts';
import type { StoredObject, StoredValue } from '../../values/stored-value.ts';
import { HeapBudget } from '../heap-budget.ts';
import { parseJsonValue } from '../json-value.ts';
import { isOfKind } from '../stored-kind.ts';
import { UbjsonReader } from './ubjson-reader.ts';

/** What begins a file of XGBoost 1 or 2 that is neither JSON nor UBJSON; `CONFIG-offset:` is of pickles up to 1.6. */
const BINARY_STARTS = ['binf', 'bs64', 'CONFIG-offset:'] as const;
const OPEN_BRACE = 0x7b;
/** UBJSON writes the length of a key behind the brace, JSON a quote or space. */
const UBJSON_LENGTHS = 'iUIlL';

/**
 * Reads a model as `Booster.save_model` writes it, in JSON or UBJSON, or as a pickle of a Booster holds it. An object has its
 * members as attributes: `learner`, `version`. Arrays refer to `bytes`, which must not be changed while they are used.
 *
 * @throws GatewayError INVALID_MODEL if it is broken; UNSUPPORTED_MODEL if it is of XGBoost's old binary format.
 */
export function readXgboost(bytes: Uint8Array, budget: HeapBudget = new HeapBudget()): StoredObject {
  refuseBinary(bytes);
  const value =
    bytes[0] === OPEN_BRACE && UBJSON_LENGTHS.includes(String.fromCharCode(bytes[1] ?? 0))
      ? new UbjsonReader(bytes, budget).read()
      : parseJsonValue(textOf(bytes), budget, 'the XGBoost model (JSON)');
  // A pickle holds the settings of the training beside the model.
  const model = isObject(value) ? (value.attributes.get('Model') ?? value) : value;
  if (isObject(model) && model.attributes.has('learner')) return model;
  throw new GatewayError('INVALID_MODEL', 'the XGBoost model has no learner');
}

function refuseBinary(bytes: Uint8Array): void {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (!BINARY_STARTS.some((known) => start.startsWith(known))) return;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    'the model is in the binary format of XGBoost before 2.1, which XGBoost itself no longer reads: save it with booster.save_model("model.json"), or log it with mlflow.xgboost.log_model(…, model_format="json")',
  );
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new GatewayError('INVALID_MODEL', 'the file is no model of XGBoost: it is neither JSON nor UBJSON');
  }
}

function isObject(value: StoredValue | undefined): value is StoredObject {
  return isOfKind(value, 'object');
}
