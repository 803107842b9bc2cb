/** Pickles of protocol 4 that no model is. */

const BEGIN = Buffer.from([0x80, 4]);
const STACK_GLOBAL = 0x93;
const STOP = 0x2e;

const text = (value: string) => Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value)]);
const global = (module: string, name: string) =>
  Buffer.concat([text(module), text(name), Buffer.from([STACK_GLOBAL])]);

/** What Python would run a shell command for. */
export function commandPickle(command: string): Uint8Array {
  const [tuple1, reduce] = [0x85, 0x52];
  return Buffer.concat([
    BEGIN,
    global('posix', 'system'),
    text(command),
    Buffer.from([tuple1, reduce, STOP]),
  ]);
}

/** An instance of a class that no library has. */
export function ownClassPickle(): Uint8Array {
  const [emptyTuple, newObject, emptyDict, build] = [0x29, 0x81, 0x7d, 0x62];
  return Buffer.concat([
    BEGIN,
    global('fraud.models', 'OurModel'),
    Buffer.from([emptyTuple, newObject, emptyDict, build, STOP]),
  ]);
}

/** One byte each for 40 million values. */
export function duplicatesPickle(): Uint8Array {
  const [none, duplicate] = [0x4e, 0x32];
  return Buffer.concat([
    BEGIN,
    Buffer.from([none]),
    Buffer.alloc(40_000_000, duplicate),
    Buffer.from([STOP]),
  ]);
}

/** A text of 200 bytes, of which there is one. */
export function cutOffPickle(): Uint8Array {
  return Buffer.concat([BEGIN, Buffer.from([0x8c, 200, 1])]);
}
