import type { StoredValue } from '../../values/stored-value.ts';
import { HEAP_COST } from '../heap-budget.ts';
import { isList } from '../stored-kind.ts';
import { appendItems, setEntries } from './collect.ts';
import { broken } from './pickle-cursor.ts';
import type { PickleMachine } from './pickle-machine.ts';
import { rebuild } from './rebuild.ts';
import { setState } from './set-state.ts';
import { unsupported } from './unsupported.ts';

/** What an opcode does to the machine. */
export type Opcode = (machine: PickleMachine) => void;

const NEWEST_PROTOCOL = 5;

/**
 * The opcodes of protocols 2 to 5 by their byte (CPython, `Lib/pickle.py`), except STOP. Those that only persistent
 * ids, extension codes, out-of-band buffers or protocols 0 and 1 use are refused by name.
 */
export const OPCODES: readonly (Opcode | undefined)[] = indexed({
  128: ({ cursor }) => {
    const protocol = cursor.uint8();
    if (protocol > NEWEST_PROTOCOL) throw unsupported(`is of protocol ${protocol}`);
  },
  // A frame is only a hint of how much to read at once.
  149: ({ cursor }) => cursor.expect(cursor.length64()),

  // None, booleans and numbers
  N: (machine) => machine.push(null),
  136: (machine) => machine.push(true),
  137: (machine) => machine.push(false),
  K: (machine) => machine.push(machine.cursor.uint8()),
  M: (machine) => machine.push(machine.cursor.uint16()),
  J: (machine) => machine.push(machine.cursor.int32()),
  138: (machine) => machine.push(machine.cursor.integer(machine.cursor.uint8()), HEAP_COST.scalar),
  139: (machine) => machine.push(machine.cursor.integer(machine.cursor.uint32()), HEAP_COST.scalar),
  G: (machine) => machine.push(machine.cursor.float64(), HEAP_COST.scalar),

  // texts and bytes
  140: (machine) => pushText(machine, machine.cursor.uint8()),
  X: (machine) => pushText(machine, machine.cursor.uint32()),
  141: (machine) => pushText(machine, machine.cursor.length64()),
  C: (machine) => pushBytes(machine, machine.cursor.uint8()),
  B: (machine) => pushBytes(machine, machine.cursor.uint32()),
  142: (machine) => pushBytes(machine, machine.cursor.length64()),
  150: (machine) => pushBytes(machine, machine.cursor.length64()),

  // tuples, lists, dicts and sets
  ')': (machine) => machine.push(machine.list([])),
  133: (machine) => pushTuple(machine, 1),
  134: (machine) => pushTuple(machine, 2),
  135: (machine) => pushTuple(machine, 3),
  t: (machine) => machine.push(machine.list(machine.popToMark())),
  ']': (machine) => machine.push(machine.list([])),
  l: (machine) => machine.push(machine.list(machine.popToMark())),
  143: (machine) => machine.push(machine.list([])),
  145: (machine) => machine.push(machine.list(machine.popToMark())),
  a: (machine) => appendItems(machine, [machine.pop()]),
  e: (machine) => appendItems(machine, machine.popToMark()),
  144: (machine) => appendItems(machine, machine.popToMark()),
  '}': (machine) => machine.push({ kind: 'map', entries: new Map() }, HEAP_COST.map),
  d: (machine) => {
    const items = machine.popToMark();
    machine.push({ kind: 'map', entries: new Map() }, HEAP_COST.map);
    setEntries(machine, items);
  },
  s: (machine) => {
    const value = machine.pop();
    setEntries(machine, [machine.pop(), value]);
  },
  u: (machine) => setEntries(machine, machine.popToMark()),

  // the stack and the memo
  '(': (machine) => machine.mark(),
  0: (machine) => machine.drop(),
  1: (machine) => void machine.popToMark(),
  2: (machine) => machine.push(machine.top()),
  148: (machine) => machine.rememberNext(),
  q: (machine) => machine.remember(machine.cursor.uint8()),
  r: (machine) => machine.remember(machine.cursor.uint32()),
  h: (machine) => machine.recall(machine.cursor.uint8()),
  j: (machine) => machine.recall(machine.cursor.uint32()),

  // names, calls and states
  c: (machine) => {
    const module = machine.cursor.line();
    machine.push(machine.name(module, machine.cursor.line()));
  },
  147: (machine) => {
    const name = machine.pop();
    const module = machine.pop();
    if (typeof module !== 'string' || typeof name !== 'string') throw broken('a name is no text');
    machine.push(machine.name(module, name));
  },
  R: (machine) => rebuildTop(machine, null),
  129: (machine) => rebuildTop(machine, null),
  146: (machine) => rebuildTop(machine, machine.pop()),
  b: (machine) => {
    const state = machine.pop();
    setState(machine, machine.top(), state);
  },
});

/** Opcodes that are known and not read. */
export const REFUSED_OPCODES: ReadonlyMap<number, string> = new Map(
  Object.entries({
    P: 'refers to values that are stored elsewhere (PERSID)',
    Q: 'refers to values that are stored elsewhere (BINPERSID)',
    '\x82': 'refers to a registry of Python (EXT1)',
    '\x83': 'refers to a registry of Python (EXT2)',
    '\x84': 'refers to a registry of Python (EXT4)',
    '\x97': 'leaves its arrays elsewhere (NEXT_BUFFER)',
    '\x98': 'leaves its arrays elsewhere (READONLY_BUFFER)',
    T: 'was written by Python 2 (BINSTRING)',
    U: 'was written by Python 2 (SHORT_BINSTRING)',
    ...Object.fromEntries(
      [...'FILSVgipo'].map((opcode) => [opcode, `is of protocol 0 or 1 (opcode ${opcode})`]),
    ),
  }).map(([opcode, why]) => [opcode.charCodeAt(0), why]),
);

function pushText(machine: PickleMachine, length: number): void {
  const text = machine.cursor.text(length);
  machine.push(text, HEAP_COST.scalar + length);
}

function pushBytes(machine: PickleMachine, length: number): void {
  machine.push(machine.cursor.bytes(length), HEAP_COST.array);
}

function pushTuple(machine: PickleMachine, length: number): void {
  const items = new Array<StoredValue>(length);
  for (let index = length - 1; index >= 0; index -= 1) items[index] = machine.pop();
  machine.push(machine.list(items));
}

function rebuildTop(machine: PickleMachine, keywords: StoredValue): void {
  const args = machine.pop();
  if (!isList(args)) throw broken('the arguments of a call are no tuple');
  machine.push(rebuild(machine, machine.pop(), args.items, keywords));
}

function indexed(opcodes: Readonly<Record<string, Opcode>>): (Opcode | undefined)[] {
  const table: (Opcode | undefined)[] = new Array(256).fill(undefined);
  for (const [key, opcode] of Object.entries(opcodes)) {
    const isByte = key.length > 1;
    table[isByte ? Number(key) : key.charCodeAt(0)] = opcode;
  }
  return table;
}
