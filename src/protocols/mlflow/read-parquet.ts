import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type Compressors,
  parquetMetadata,
  parquetReadObjects,
  parquetSchema,
  snappyUncompress,
} from 'hyparquet';
import { GatewayError } from '../../errors.ts';
import { type HeapBytes, tooManyValues } from '../read-text.ts';

/** A table whose columns have names. */
export interface ParquetTable {
  readonly columns: readonly string[];
  /** Integers of 64 bits are bigints; `null` and NaN are `null`. */
  readonly rows: readonly (readonly unknown[])[];
}

/** What a value takes of the heap: a text or a bigint, its place in the column, in an object and in a row. */
const HEAP_PER_VALUE = 96;

/** A page is a megabyte or so, whatever its header claims. */
const MAX_PAGE_BYTES = 64 * 1024 * 1024;

type Decompress = (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

const COMPRESSORS: Compressors = {
  SNAPPY: (input, length) => {
    const output = new Uint8Array(checkedLength(length));
    snappyUncompress(input, output);
    return output;
  },
  GZIP: bounded(gunzipSync),
  ZSTD: bounded(zstdDecompressSync),
  BROTLI: bounded(brotliDecompressSync),
};

/**
 * Reads a Parquet file, as `DataFrame.to_parquet` writes it; the column in which pandas keeps an index is left out.
 *
 * What a file claims of itself can make its reader take any time and memory: only for threads that may die of it.
 *
 * @throws GatewayError INVALID_INPUT if it is none, PAYLOAD_TOO_LARGE if it has too many values.
 */
export async function readParquet(bytes: Uint8Array, heapBytes: HeapBytes): Promise<ParquetTable> {
  try {
    const buffer = bytes.slice().buffer;
    const metadata = parquetMetadata(buffer);
    const columns = parquetSchema(metadata)
      .children.map(({ element }) => element.name)
      .filter((name) => !name.startsWith('__index_level_'));
    const values = Number(metadata.num_rows) * columns.length;
    if (heapBytes !== null && values * HEAP_PER_VALUE > heapBytes) throw tooManyValues();
    const objects = await parquetReadObjects({ file: buffer, metadata, columns, compressors: COMPRESSORS });
    return { columns, rows: objects.map((object) => columns.map((name) => plainValue(object[name]))) };
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('INVALID_INPUT', 'the body is no Parquet file that can be read', { cause });
  }
}

function plainValue(value: unknown): unknown {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function bounded(decompress: Decompress): (input: Uint8Array, length: number) => Uint8Array {
  return (input, length) => decompress(input, { maxOutputLength: Math.max(1, checkedLength(length)) });
}

function checkedLength(length: number): number {
  if (length > MAX_PAGE_BYTES) throw new RangeError('the page claims to be too large');
  return length;
}
