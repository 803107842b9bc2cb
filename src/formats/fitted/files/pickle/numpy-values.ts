import { scalarsOf } from '../../values/array-elements.ts';
import type { StoredValue } from '../../values/stored-value.ts';
import {
  type ArrayDtype,
  checkedArray,
  checkedShape,
  dtypeValue,
  isPlain,
  parseDtype,
  unknownArray,
} from '../array-dtype.ts';
import { HEAP_COST } from '../heap-budget.ts';
import { isList, isOfKind } from '../stored-kind.ts';
import { broken } from './pickle-cursor.ts';
import type { PickleMachine } from './pickle-machine.ts';
import { transposed } from './transposed.ts';

/** `numpy.dtype('f8', False, True)`; the byte order comes with its state. */
export function newDtype(machine: PickleMachine, [text]: readonly StoredValue[]): StoredValue | undefined {
  if (typeof text !== 'string') return undefined;
  machine.budget.take(HEAP_COST.map + HEAP_COST.entry);
  const dtype = parseDtype(text, '=');
  const value = dtypeValue(dtype);
  machine.dtypes.set(value, dtype);
  return value;
}

/** The meaning of a value that stands where a dtype has to; numpy's newer dtypes are classes of their own. */
export function dtypeOf(machine: PickleMachine, value: StoredValue | undefined): ArrayDtype {
  const dtype = value === undefined ? undefined : machine.dtypes.get(value);
  if (dtype !== undefined) return dtype;
  if (isOfKind(value, 'object')) return { letter: 'unknown', text: value.type };
  throw broken('an array has no dtype');
}

/**
 * Protocol 5: `_frombuffer(bytes, dtype, shape, order)`. An array that lies neither in row-major nor in column-major
 * order has the order `K`, the shape in which its bytes lie, and behind that the order of its axes.
 */
export function arrayFromBuffer(
  machine: PickleMachine,
  [bytes, dtypeArgument, shapeArgument, order, axes]: readonly StoredValue[],
): StoredValue {
  machine.budget.take(HEAP_COST.array);
  const dtype = dtypeOf(machine, dtypeArgument);
  if (!(bytes instanceof Uint8Array) || !isList(shapeArgument)) throw broken('an array is incomplete');
  if (dtype.letter === 'object' || dtype.letter === 'unknown') return unknownArray(dtype);
  const shape = checkedShape(shapeArgument.items);
  const array = checkedArray({ dtype, shape, bytes, isFortran: order === 'F' });
  if (order === 'C' || order === 'F') return array;
  if (order !== 'K' || !isList(axes)) throw broken('an array has no order');
  machine.budget.take(bytes.length);
  return checkedArray(transposed({ dtype, shape, bytes, isFortran: false }, axes.items));
}

/** `scalar(dtype, bytes)`: a plain value. */
export function numpyScalar(
  machine: PickleMachine,
  [dtypeArgument, content]: readonly StoredValue[],
): StoredValue {
  machine.budget.take(HEAP_COST.scalar);
  const dtype = dtypeOf(machine, dtypeArgument);
  if (dtype.letter === 'object') return content ?? null;
  if (dtype.letter === 'unknown') return unknownArray(dtype);
  if (!(content instanceof Uint8Array)) throw broken('a number of numpy has no bytes');
  machine.budget.take(content.length);
  const array = checkedArray({ dtype, shape: [], bytes: content, isFortran: false });
  if (!isPlain(dtype)) return array;
  return dtype.letter === 'S' || dtype.letter === 'V' ? content : (scalarsOf(array)[0] ?? null);
}
