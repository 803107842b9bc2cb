import type { NdArray, PlainDtype } from '../../values/nd-array.ts';
import { elementsIn } from '../../values/nd-array.ts';
import type { StoredList, StoredObject, StoredValue } from '../../values/stored-value.ts';
import {
  type ArrayDtype,
  checkedArray,
  checkedShape,
  dtypeText,
  isPlain,
  unknownArray,
} from '../array-dtype.ts';
import { MAX_RECORD_FIELDS } from '../bounds.ts';
import { decodeBooster } from '../decode-booster.ts';
import { applyState } from '../inert-object.ts';
import { checkedRecord } from '../record-dtype.ts';
import { isList, isMap, isOfKind } from '../stored-kind.ts';
import { dtypeOf } from './numpy-values.ts';
import { broken } from './pickle-cursor.ts';
import type { PickleMachine } from './pickle-machine.ts';

/**
 * What BUILD does. Arrays and dtypes are filled in place, because the file refers to them before they have a state;
 * objects get attributes. Dicts, lists and names have no attributes that matter here.
 */
export function setState(machine: PickleMachine, target: StoredValue, state: StoredValue): void {
  if (isOfKind(target, 'array')) fillArray(machine, target, state);
  else if (isOfKind(target, 'object')) {
    if (machine.dtypes.has(target)) fillDtype(machine, target, state);
    else {
      applyState(target, state, machine.budget);
      decodeBooster(target, machine.budget);
    }
  } else if (typeof target !== 'object' || target === null || target instanceof Uint8Array) {
    throw broken('a plain value is given a state');
  }
}

/** `(version, shape, dtype, is_fortran, bytes or list of objects)`; the version is left out in old files. */
function fillArray(machine: PickleMachine, target: NdArray, state: StoredValue): void {
  if (!isList(state) || state.items.length < 4) throw broken('an array is incomplete');
  const [shapeItems, dtypeArgument, isFortran, content] = state.items.slice(-4);
  if (!isList(shapeItems)) throw broken('an array has no shape');
  const shape = checkedShape(shapeItems.items);
  const dtype = dtypeOf(machine, dtypeArgument);
  // A dtype of another library, or of texts of any length, has its elements in a list as well.
  const isOfObjects = dtype.letter === 'object' || (dtype.letter === 'unknown' && isList(content));
  if (isOfObjects) becomeObjectArray(machine, target, shape, content);
  else if (dtype.letter === 'unknown') become(target, unknownArray(dtype));
  else if (!(content instanceof Uint8Array)) throw broken('an array has no bytes');
  else
    Object.assign(
      target,
      checkedArray({ dtype, shape, bytes: content, isFortran: isFortran === true || isFortran === 1 }),
    );
}

function becomeObjectArray(
  machine: PickleMachine,
  target: NdArray,
  shape: readonly number[],
  content: StoredValue | undefined,
): void {
  if (!isList(content)) throw broken('an array of objects has no list of them');
  if (content.items.length !== elementsIn(shape)) {
    throw broken(`an array of shape [${shape.join(', ')}] has ${content.items.length} objects`);
  }
  // A copy: the file could add to the list later.
  become(target, { kind: 'object-array', shape, items: machine.list([...content.items]).items });
}

/** Turns an array that others refer to already into a value of another kind. */
function become(target: NdArray, value: StoredValue & object): void {
  for (const key of Object.keys(target)) Reflect.deleteProperty(target, key);
  Object.assign(target, value);
}

/** `(version, order, subdtype, names, fields, item bytes, alignment, flags)`. */
function fillDtype(machine: PickleMachine, target: StoredObject, state: StoredValue): void {
  if (!isList(state) || state.items.length < 7) throw broken('a dtype is incomplete');
  const [, order, subdtype, names, fields, itemBytes] = state.items;
  const known = dtypeOf(machine, target);
  let dtype: ArrayDtype = known;
  if (subdtype !== null) dtype = { letter: 'unknown', text: 'subarray' };
  else if (isList(names)) dtype = recordOf(machine, names, fields, itemBytes);
  else if (isPlain(known)) dtype = { ...known, littleEndian: order !== '>' };
  machine.dtypes.set(target, dtype);
  target.args = [dtypeText(dtype)];
}

function recordOf(
  machine: PickleMachine,
  names: StoredList,
  fields: StoredValue | undefined,
  itemBytes: StoredValue | undefined,
): ArrayDtype {
  if (!isMap(fields) || names.items.length > MAX_RECORD_FIELDS) throw broken('a dtype has no fields');
  const found: { name: string; dtype: PlainDtype; offset: number }[] = [];
  for (const name of names.items) {
    const field = fields.entries.get(name);
    if (typeof name !== 'string' || !isList(field)) throw broken('a field of a dtype is incomplete');
    const dtype = dtypeOf(machine, field.items[0]);
    if (!isPlain(dtype)) return { letter: 'unknown', text: 'record of other values than numbers' };
    found.push({ name, dtype, offset: field.items[1] as number });
  }
  return checkedRecord(found, itemBytes as number);
}
