import type { RandomNumbers } from './random-numbers.ts';

/** Bytes behind an opcode; a list is a length of so many bytes, which is followed by as many. */
const ARGUMENTS: Readonly<Record<string, number | readonly [lengthBytes: number]>> = {
  '\x80': 1,
  '\x95': 8,
  K: 1,
  M: 2,
  J: 4,
  G: 8,
  '\x8a': [1],
  '\x8b': [4],
  '\x8c': [1],
  X: [4],
  '\x8d': [8],
  C: [1],
  B: [4],
  '\x8e': [8],
  '\x96': [8],
  q: 1,
  r: 4,
  h: 1,
  j: 4,
};

const INSERTED = [
  ...'20(NRbtuea}])1sdl',
  '\x81',
  '\x85',
  '\x86',
  '\x87',
  '\x88',
  '\x90',
  '\x91',
  '\x92',
  '\x93',
  '\x94',
];

/** The opcodes of a pickle that is whole, each with its argument. */
export function opcodesOf(bytes: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(bytes);
  const opcodes: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const code = String.fromCharCode(bytes[at]!);
    let end = at + 1;
    const argument = ARGUMENTS[code] ?? 0;
    if (code === 'c') end = buffer.indexOf(10, buffer.indexOf(10, at) + 1) + 1;
    else if (typeof argument === 'number') end += argument;
    else end += argument[0] + buffer.readUIntLE(end, Math.min(argument[0], 6));
    opcodes.push(bytes.subarray(at, end));
    at = end;
  }
  return opcodes;
}

/** A pickle with its opcodes in another order, some of them missing, doubled, or from another pickle. */
export function shuffledPickle(random: RandomNumbers, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  let opcodes = opcodesOf(bytes);
  const others = opcodesOf(other);
  for (let changes = 1 + random.below(4); changes > 0; changes -= 1) {
    const from = random.below(opcodes.length);
    const to = random.below(opcodes.length);
    switch (random.below(7)) {
      case 0:
        opcodes.splice(from, 1);
        break;
      case 1:
        opcodes.splice(to, 0, opcodes[from]!);
        break;
      case 2:
        [opcodes[from], opcodes[to]] = [opcodes[to]!, opcodes[from]!];
        break;
      case 3:
        opcodes[from] = random.one(others);
        break;
      case 4:
        opcodes.splice(from, 0, Buffer.from(random.one(INSERTED), 'latin1'));
        break;
      case 5:
        opcodes = [...opcodes.slice(0, from), ...others.slice(random.below(others.length))];
        break;
      default:
        opcodes.splice(to, 0, ...opcodes.slice(from, from + random.below(50)));
    }
    if (opcodes.length === 0) return new Uint8Array(0);
  }
  return new Uint8Array(Buffer.concat(opcodes));
}

/** Bytes that are changed, set to extremes, or cut off. */
export function damagedBytes(random: RandomNumbers, bytes: Uint8Array): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  if (random.below(5) === 0) return damaged.subarray(0, random.below(bytes.length));
  for (let changes = 1 + random.below(6); changes > 0; changes -= 1) {
    const at = random.below(damaged.length);
    const length = random.one([1, 1, 1, 2, 4, 8]);
    damaged.fill(length === 1 ? random.below(256) : random.one([0, 0x7f, 0x80, 0xff]), at, at + length);
  }
  return damaged;
}
