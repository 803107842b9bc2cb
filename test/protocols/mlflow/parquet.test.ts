import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readParquet } from '../../../src/protocols/mlflow/read-parquet.ts';
import { decode, refusal } from './decode.ts';
import { BOXES, SINGLE, TYPED } from './signatures.ts';

const FILES = resolve(import.meta.dirname, '../../fixtures/parquet');
const TYPE = 'application/vnd.apache.parquet';
const read = (name: string) => new Uint8Array(readFileSync(join(FILES, `${name}.parquet`)));

describe('a Parquet body', () => {
  it.each(['snappy', 'gzip', 'zstd', 'brotli'])(
    'is read with its columns by name, packed by %s',
    async (name) => {
      expect(await decode(read(name), BOXES, TYPE)).toEqual({
        rows: 2,
        values: [[1, 2, 3, 4, Number.NaN, Number.NaN]],
      });
    },
  );

  it('has values of the types of their columns, exactly, and no column of pandas’ index', async () => {
    expect(await decode(read('typed'), TYPED, TYPE)).toEqual({
      rows: 2,
      values: [
        [9007199254740993n, 1n],
        [1, 2],
        [1.5, 2.5],
        ['Łódź', ''],
        [1, 0],
      ],
    });
    expect((await readParquet(read('snappy'), null)).columns).toEqual(['note', 'depth', 'width', 'height']);
  });

  it('is checked like any other rows', async () => {
    expect(await refusal(read('typed'), SINGLE, TYPE)).toEqual([': column "x" is missing']);
  });

  it('is refused if it is none, is cut off or claims what it has not', async () => {
    const whole = read('snappy');
    for (const body of [new Uint8Array(), Buffer.from('{"inputs": []}'), whole.subarray(0, 1000)]) {
      expect(await refusal(body, BOXES, TYPE)).toEqual(['the body is no Parquet file that can be read']);
    }
    for (let at = 4; at < 600; at += 7) {
      const broken = new Uint8Array(whole);
      broken[at] = broken[at]! ^ 0x55;
      // Whatever it is then, it is rows or a refusal.
      expect(Array.isArray(await refusal(broken, BOXES, TYPE))).toBe(true);
    }
  });

  it('is not read where its values do not fit into the heap', async () => {
    await expect(readParquet(read('snappy'), 500)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });
});
