import { GatewayError } from '../../../../errors.ts';
import type { StoredValue } from '../../values/stored-value.ts';
import { MAX_SCHEMA_BYTES } from '../bounds.ts';
import { HeapBudget } from '../heap-budget.ts';
import { Zip } from '../zip.ts';
import { JsonObject, parsePythonJson } from './python-json.ts';
import { brokenSkops } from './skops-node.ts';
import { SkopsReader } from './skops-reader.ts';

const SCHEMA = 'schema.json';
const NEWEST_PROTOCOL = 2;

/**
 * Reads a skops file as data: no class is looked up, and the list of types that its maker trusts is not asked for.
 * Arrays refer to `bytes`, which must not be changed while they are used.
 *
 * @throws GatewayError INVALID_MODEL if it is none, is broken, or unfolds into more than any model; UNSUPPORTED_MODEL
 *   if it is of a protocol that is not known here.
 */
export function readSkops(bytes: Uint8Array): StoredValue {
  const budget = new HeapBudget();
  const zip = new Zip(bytes, 'of skops', budget);
  const size = zip.sizeOf(SCHEMA);
  if (size === null) throw brokenSkops(`it has no ${SCHEMA}`);
  if (size > MAX_SCHEMA_BYTES)
    throw brokenSkops(`its ${SCHEMA} has more than ${MAX_SCHEMA_BYTES / 2 ** 20} MiB`);
  const schema = parsePythonJson(textOf(zip.read(SCHEMA)), budget);
  if (!(schema instanceof JsonObject)) throw brokenSkops(`its ${SCHEMA} is no object`);
  checkProtocol(schema);
  return new SkopsReader(zip, budget).read(schema);
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw brokenSkops(`its ${SCHEMA} is no UTF-8`);
  }
}

function checkProtocol(schema: JsonObject): void {
  const protocol = schema.get('protocol');
  if (typeof protocol !== 'number' || !Number.isInteger(protocol) || protocol < 0) {
    throw brokenSkops('it does not tell its protocol');
  }
  if (protocol > NEWEST_PROTOCOL) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `the skops file is of protocol ${protocol}, and the newest that is read is ${NEWEST_PROTOCOL}: save the model with an older skops`,
    );
  }
}
