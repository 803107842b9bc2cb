import { GatewayError } from '../../../errors.ts';
import { readNpyHeader } from '../../../model/npy-header.ts';
import type { DtypeField, NdArray } from '../values/nd-array.ts';
import type { StoredObject } from '../values/stored-value.ts';
import {
  type ArrayDtype,
  checkedArray,
  checkedShape,
  isPlain,
  parseDtype,
  unknownArray,
} from './array-dtype.ts';
import { MAX_RECORD_FIELDS } from './bounds.ts';
import { checkedRecord } from './record-dtype.ts';

/** What a `.npy` file holds. */
export interface NpyContent {
  readonly dtype: ArrayDtype;
  /** Refers to the file's bytes; inert where the elements are neither plain nor records of plain ones. */
  readonly array: NdArray | StoredObject;
}

const PLAIN = /^'([<>|=]?)([^']*)'$/;
const FIELD = /\('([^'\\]*)', '([<>|=]?)([^'\\]*)'\)/g;
const FIELDS = /^\[(?:\('[^'\\]*', '[^'\\]*'\)(?:, )?)*\]$/;

/** What the dtypes of one model's arrays mean, by their text: a forest has thousands of arrays of the same three. */
export type KnownDtypes = Map<string, ArrayDtype>;

/**
 * Reads a `.npy` file, `name` in messages. Adds its dtype to those that are known.
 *
 * @throws GatewayError INVALID_MODEL if it is none or is not exactly as long as it says.
 */
export function readNpy(bytes: Uint8Array, name: string, known: KnownDtypes): NpyContent {
  const refusal = (what: string) => new GatewayError('INVALID_MODEL', `"${name}" is no NumPy array: ${what}`);
  const header = readNpyHeader(bytes, refusal);
  const dtype = known.get(header.descr) ?? dtypeOf(header.descr, refusal);
  known.set(header.descr, dtype);
  // Objects would be a pickle, which neither numpy.save (as skops calls it) nor this reader takes.
  if (dtype.letter === 'object' || dtype.letter === 'unknown') return { dtype, array: unknownArray(dtype) };
  const parts = { dtype, shape: checkedShape(header.shape), isFortran: header.isFortran };
  return { dtype, array: checkedArray({ ...parts, bytes: bytes.subarray(header.dataAt) }) };
}

function dtypeOf(descr: string, refusal: (what: string) => GatewayError): ArrayDtype {
  const plain = PLAIN.exec(descr);
  if (plain !== null) return parseDtype(plain[2]!, plain[1]!);
  if (!FIELDS.test(descr)) return { letter: 'unknown', text: 'record of other values than numbers' };
  const fields: DtypeField[] = [];
  let itemBytes = 0;
  for (const [, name, order, text] of descr.matchAll(FIELD)) {
    const dtype = parseDtype(text!, order!);
    if (!isPlain(dtype)) return { letter: 'unknown', text: 'record of other values than numbers' };
    // A field without a name is padding.
    if (name !== '') fields.push({ name: name!, dtype, offset: itemBytes });
    itemBytes += dtype.itemBytes;
    if (fields.length > MAX_RECORD_FIELDS) throw refusal('its elements have too many fields');
  }
  return checkedRecord(fields, itemBytes);
}
