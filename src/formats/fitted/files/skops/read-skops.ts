import { GatewayError } from '../../../../errors.ts';
import type { StoredValue } from '../../values/stored-value.ts';
import { MAX_SCHEMA_BYTES } from '../bounds.ts';
import { HeapBudget } from '../heap-budget.ts';
import { Zip } from '../zip.ts';
import { parseSchema } from './parse-schema.ts';
import { brokenSkops, isMembers, type JsonMembers } from './skops-node.ts';
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
  const { root, hasMarkedKeys } = parseSchema(zip.read(SCHEMA), budget);
  if (!isMembers(root)) throw brokenSkops(`its ${SCHEMA} is no object`);
  checkProtocol(root);
  return new SkopsReader({ zip, budget, hasMarkedKeys }).read(root);
}

function checkProtocol({ protocol }: JsonMembers): void {
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
