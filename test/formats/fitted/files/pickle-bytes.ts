/** Parts of a pickle by hand: texts are opcodes and bytes of latin-1. */
export type PicklePart = string | Uint8Array;

/** A pickle of protocol 4 that ends as it has to. */
export function pickle(...parts: readonly PicklePart[]): Uint8Array {
  return raw('\x80\x04', ...parts, '.');
}

export function raw(...parts: readonly PicklePart[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
  );
}

/** BINUNICODE of a text. */
export function text(value: string): Uint8Array {
  const bytes = Buffer.from(value, 'utf8');
  return raw('X', uint32(bytes.length), bytes);
}

/** GLOBAL. */
export function global(module: string, name: string): string {
  return `c${module}\n${name}\n`;
}

export function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
