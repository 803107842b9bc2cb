import type { StoredValue } from '../../values/stored-value.ts';
import { HeapBudget } from '../heap-budget.ts';
import { OPCODES, REFUSED_OPCODES } from './opcodes.ts';
import { broken, PickleCursor } from './pickle-cursor.ts';
import { PickleMachine } from './pickle-machine.ts';
import { unsupported } from './unsupported.ts';

const PROTO = 0x80;
const STOP = 0x2e;
const OLDEST_PROTOCOL = 2;

/** How files begin that joblib has compressed. */
const COMPRESSED: readonly (readonly number[])[] = [
  [0x78],
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x5d, 0x00, 0x00],
  [0x04, 0x22, 0x4d, 0x18],
];

/**
 * Reads a pickle of protocol 2 to 5 (of pickle or cloudpickle) as data: names are texts, and calls are records of
 * what would have been called, so that nothing in the file is executed. What follows its end is left alone, as
 * Python leaves it. Arrays refer to `bytes`, which must not be changed while they are used.
 *
 * @throws GatewayError INVALID_MODEL if it is none, is broken, or unfolds into more than any model; UNSUPPORTED_MODEL
 *   if it is a pickle as MLflow does not save it, e.g. of joblib.
 */
export function readPickle(bytes: Uint8Array): StoredValue {
  if (COMPRESSED.some((start) => start.every((byte, at) => bytes[at] === byte))) {
    throw unsupported('is compressed, perhaps by joblib.dump');
  }
  if (bytes[0] !== PROTO || (bytes[1] ?? 0) < OLDEST_PROTOCOL) {
    throw broken('it does not begin as one of protocol 2 to 5');
  }
  const cursor = new PickleCursor(bytes);
  const machine = new PickleMachine(cursor, new HeapBudget());
  for (let code = cursor.uint8(); code !== STOP; code = cursor.uint8()) {
    const opcode = OPCODES[code];
    if (opcode === undefined) throw refusal(code, cursor.position - 1);
    opcode(machine);
  }
  return machine.result();
}

function refusal(code: number, position: number): Error {
  const why = REFUSED_OPCODES.get(code);
  return why === undefined ? broken(`byte ${position} is no opcode (${code})`) : unsupported(why);
}
