import { GatewayError } from '../../../errors.ts';
import { elementsIn, type NdArray, type PlainDtype, type RecordDtype } from '../values/nd-array.ts';
import type { StoredObject, StoredValue } from '../values/stored-value.ts';
import { MAX_DIMENSIONS } from './bounds.ts';

/** What elements are: bytes of a known kind, Python objects, or something that is kept as its name only. */
export type ArrayDtype =
  | PlainDtype
  | RecordDtype
  | { readonly letter: 'object' }
  | { readonly letter: 'unknown'; readonly text: string };

const PLAIN = /^([biufUSV])(\d{1,9})$/;
const LETTERS_OF_OBJECTS: ReadonlySet<string> = new Set(['O', 'O4', 'O8']);

/** The dtype of numpy's short text (`f8`, `U10`, `O8`) and byte order (`<`, `>`, `|`, `=`). */
export function parseDtype(text: string, order: string): ArrayDtype {
  // The unit of dates stands behind their dtype in .npy, and apart from it in a pickle.
  const shown = text.slice(0, 32).replace(/\[.*/, '');
  if (LETTERS_OF_OBJECTS.has(text)) return { letter: 'object' };
  const match = PLAIN.exec(shown);
  if (match === null || text.length > 32) return { letter: 'unknown', text: shown };
  const letter = match[1] as PlainDtype['letter'];
  const size = Number(match[2]);
  return { letter, itemBytes: letter === 'U' ? 4 * size : size, littleEndian: order !== '>' };
}

export function isPlain(dtype: ArrayDtype): dtype is PlainDtype {
  return dtype.letter !== 'object' && dtype.letter !== 'unknown' && dtype.letter !== 'record';
}

/** The value of a dtype by itself, which both formats write in their own way. */
export function dtypeValue(dtype: ArrayDtype): StoredObject {
  return { kind: 'object', type: 'numpy.dtype', args: [dtypeText(dtype)], attributes: new Map() };
}

export function dtypeText(dtype: ArrayDtype): string {
  switch (dtype.letter) {
    case 'object':
    case 'record':
      return dtype.letter;
    case 'unknown':
      return dtype.text;
    default:
      return `${dtype.littleEndian ? '' : '>'}${dtype.letter}${dtype.letter === 'U' ? dtype.itemBytes / 4 : dtype.itemBytes}`;
  }
}

/** Everything that makes an array of plain elements or records. */
export interface ArrayParts {
  readonly dtype: PlainDtype | RecordDtype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly isFortran: boolean;
}

/** @throws GatewayError INVALID_MODEL if the bytes are not exactly what shape and dtype say. */
export function checkedArray({ dtype, shape, bytes, isFortran }: ArrayParts): NdArray {
  const elements = elementsIn(shape);
  if (elements > 0 && dtype.itemBytes === 0) {
    throw new GatewayError('INVALID_MODEL', 'the elements of an array have no size');
  }
  if (elements * dtype.itemBytes !== bytes.length) {
    throw new GatewayError(
      'INVALID_MODEL',
      `an array of shape [${shape.join(', ')}] and ${dtype.itemBytes} bytes an element has ${bytes.length} bytes`,
    );
  }
  return { kind: 'array', dtype, shape, bytes, isFortran };
}

/**
 * The dimensions that a file tells.
 *
 * @throws GatewayError INVALID_MODEL unless they are whole numbers whose product (zeros left out) a double can hold.
 */
export function checkedShape(dims: readonly StoredValue[]): readonly number[] {
  const isShape = dims.length <= MAX_DIMENSIONS && dims.every((dim) => Number.isSafeInteger(dim));
  const shape = isShape ? (dims as readonly number[]) : [-1];
  const product = shape.reduce((size, dim) => size * (dim || 1), 1);
  if (shape.every((dim) => dim >= 0) && Number.isSafeInteger(product)) return shape;
  throw new GatewayError('INVALID_MODEL', 'the shape of an array is none');
}

/** An array whose elements are of no kind that a model is computed with, e.g. dates. */
export function unknownArray(dtype: ArrayDtype): StoredObject {
  return {
    kind: 'object',
    type: 'numpy.ndarray',
    args: [],
    attributes: new Map([['dtype', dtypeValue(dtype)]]),
  };
}
