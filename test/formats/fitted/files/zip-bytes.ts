import { crc32 } from 'node:zlib';

/** A file of a zip by hand. What is left out is as `content` has it; what is given may be a lie. */
export interface ZipPart {
  readonly name: string;
  /** As it is stored. */
  readonly content: Uint8Array;
  readonly method?: number;
  readonly size?: number;
  readonly crc?: number;
  readonly flags?: number;
  /** The name in front of the content. */
  readonly localName?: string;
  /** Where the directory says that it lies. */
  readonly offset?: number;
}

export interface ZipLies {
  readonly count?: number;
  readonly directoryOffset?: number;
  /** A zip64 record with this number of files. */
  readonly count64?: bigint;
}

/** Writes a zip as Python's zipfile would, with what is wrong about it. */
export function zipOf(parts: readonly ZipPart[], lies: ZipLies = {}): Uint8Array {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const part of parts) {
    const local = record(0x04034b50, [20, 2], part, part.localName ?? part.name, []);
    files.push(local, part.content);
    directory.push(
      record(0x02014b50, [20, 2, 20, 2], part, part.name, [0, 2, 0, 2, 0, 2, 0, 4, part.offset ?? offset, 4]),
    );
    offset += local.length + part.content.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const at = offset + size;
  const end64 =
    lies.count64 === undefined
      ? []
      : [
          fields([
            0x06064b50,
            4,
            44,
            8,
            45,
            2,
            45,
            2,
            0,
            4,
            0,
            4,
            lies.count64,
            8,
            lies.count64,
            8,
            size,
            8,
            offset,
            8,
          ]),
          fields([0x07064b50, 4, 0, 4, at, 8, 1, 4]),
        ];
  const count = lies.count ?? parts.length;
  const end = fields([
    0x06054b50,
    4,
    0,
    2,
    0,
    2,
    count,
    2,
    count,
    2,
    size,
    4,
    lies.directoryOffset ?? offset,
    4,
    0,
    2,
  ]);
  return new Uint8Array(Buffer.concat([...files, ...directory, ...end64, end]));
}

/** A skops file of this root node. */
export function schemaZip(root: object, parts: readonly ZipPart[] = []): Uint8Array {
  return zipOf([
    ...parts,
    { name: 'schema.json', content: Buffer.from(JSON.stringify({ ...root, protocol: 2 })) },
  ]);
}

export function node(loader: string, members: object = {}): object {
  return { __class__: loader, __module__: 'test', __loader__: loader, ...members };
}

/** A dict that holds bytes of these files. */
export function dictNode(...files: readonly string[]): object {
  const types = node('ListNode', { content: files.map(() => node('TypeNode', { __class__: 'str' })) });
  return node('DictNode', {
    content: Object.fromEntries(files.map((file) => [file, node('BytesNode', { file })])),
    key_types: types,
  });
}

function record(
  signature: number,
  versions: readonly number[],
  part: ZipPart,
  name: string,
  rest: readonly number[],
): Uint8Array {
  const { content, method = 0, size = content.length, crc = crc32(content), flags = 0 } = part;
  const nameBytes = Buffer.from(name, 'latin1');
  const head = [signature, 4, ...versions, flags, 2, method, 2, 0, 4, crc, 4, content.length, 4, size, 4];
  return Buffer.concat([fields([...head, nameBytes.length, 2, 0, 2, ...rest]), nameBytes]);
}

/** Little-endian numbers, each followed by how many bytes it has. */
function fields(values: readonly (number | bigint)[]): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index < values.length; index += 2) {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(BigInt(values[index]!));
    parts.push(part.subarray(0, Number(values[index + 1])));
  }
  return Buffer.concat(parts);
}
