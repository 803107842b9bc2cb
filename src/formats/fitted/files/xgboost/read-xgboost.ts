import { GatewayError } from '../../../../errors.ts';
import type { StoredObject, StoredValue } from '../../values/stored-value.ts';
import { HeapBudget } from '../heap-budget.ts';
import { parseJsonValue } from '../json-value.ts';
import { isOfKind } from '../stored-kind.ts';
import { readBinary } from './read-binary.ts';
import { UbjsonReader } from './ubjson-reader.ts';

const BINARY_START = 'binf';
/** What begins pickles of XGBoost before 1.6, and a way of writing the binary format as text. */
const REFUSED_STARTS = ['CONFIG-offset:', 'bs64'] as const;
const OPEN_BRACE = 0x7b;
/** UBJSON writes the length of a key behind the brace, JSON a quote or space. */
const UBJSON_LENGTHS = 'iUIlL';

/**
 * Reads a model as `Booster.save_model` writes it, in JSON UBJSON or the binary format of XGBoost
 * before 2.1, or as a pickle of a Booster holds it. An object has its
 * members as attributes: `learner`, `version`. Arrays refer to `bytes`, which must not be changed while they are used.
 *
 * @throws GatewayError INVALID_MODEL if it is broken; UNSUPPORTED_MODEL if it is older.
 */
export function readXgboost(bytes: Uint8Array, budget: HeapBudget = new HeapBudget()): StoredObject {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (start.startsWith(BINARY_START)) return readBinary(bytes.subarray(BINARY_START.length), budget);
  if (REFUSED_STARTS.some((known) => start.startsWith(known))) throw oldFormat();
  const value =
    bytes[0] === OPEN_BRACE && UBJSON_LENGTHS.includes(start.charAt(1))
      ? new UbjsonReader(bytes, budget).read()
      : parseJsonValue(textOf(bytes), budget, 'the XGBoost model (JSON)');
  // A pickle holds the settings of the training beside the model.
  const model = isObject(value) ? (value.attributes.get('Model') ?? value) : value;
  if (isObject(model) && model.attributes.has('learner')) return model;
  throw new GatewayError('INVALID_MODEL', 'the XGBoost model has no learner');
}

function oldFormat(): GatewayError {
  return new GatewayError(
    'UNSUPPORTED_MODEL',
    'the model is in a format that XGBoost wrote before 1.6: load it with XGBoost 1.6 or 1.7 and save it with booster.save_model("model.json"), or log it with mlflow.xgboost.log_model(…, model_format="json")',
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
