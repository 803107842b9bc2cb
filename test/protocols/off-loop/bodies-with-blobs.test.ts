import { afterAll, describe, expect, it } from 'vitest';
import { Deadline } from '../../../src/inference/deadline.ts';
import type { Signature } from '../../../src/model/signature.ts';
import { LARGE_BODY_BYTES, OffLoopBodies } from '../../../src/protocols/off-loop/off-loop-bodies.ts';
import { perform } from '../../../src/protocols/off-loop/perform.ts';
import { decodeInfer } from '../../../src/protocols/open-inference/decode-infer.ts';
import { splitBody } from '../../../src/protocols/open-inference/split-body.ts';
import { bytesOfTensor } from '../../../src/protocols/tensors/tensor-bytes.ts';
import { column, columnarSignature } from '../../model/sample-signatures.ts';

const bodies = new OffLoopBodies({ maxClaimedBytes: 2 ** 28, memoryMaxBytes: Number.POSITIVE_INFINITY });
afterAll(() => bodies.close());

const OPTIONS = {
  model: 'm',
  version: '1',
  requestId: 'r',
  jsonBytes: null,
  mayBeTexts: false,
  blobSizes: [],
};
const table = columnarSignature([
  { ...column('id', 'long'), tensor: 'int64' },
  { ...column('town', 'string'), tensor: 'string' },
]);
const numbers = columnarSignature([{ ...column('X', 'float', { cellShape: [4] }), tensor: 'float32' }]);

function bodyOf(inputs: readonly (readonly [string, string, readonly number[], Uint8Array])[], padding = '') {
  const described = inputs.map(([name, datatype, shape, { byteLength }]) => {
    return { name, datatype, shape, parameters: { binary_data_size: byteLength } };
  });
  const json = Buffer.from(JSON.stringify({ id: padding, inputs: described }));
  const body = new Uint8Array(Buffer.concat([json, ...inputs.map(([, , , bytes]) => bytes)]));
  return { body, length: String(json.byteLength) };
}

async function decode({ body, length }: ReturnType<typeof bodyOf>, signature: Signature, isLarge: boolean) {
  using large = isLarge ? bodies.claim(body) : null;
  expect(large === null).toBe(!isLarge);
  const split = splitBody(body, length);
  return decodeInfer({ ...split, large, signature, options: OPTIONS, deadline: Deadline.NEVER });
}

describe('a large body with bytes behind its JSON', () => {
  it('is decoded elsewhere as it would be here: texts', async () => {
    const rows = 80_000;
    const ids = BigInt64Array.from({ length: rows }, (_, row) => 2n ** 60n + BigInt(row));
    const towns = Array.from({ length: rows }, (_, row) => `Zürich ${row}`);
    const make = () =>
      bodyOf([
        ['id', 'INT64', [rows, 1], bytesOfTensor({ data: ids })],
        ['town', 'BYTES', [rows], bytesOfTensor({ data: towns })],
      ]);
    const there = await decode(make(), table, true);
    expect(there.tensors).toEqual([
      { type: 'int64', dims: [rows, 1], data: ids },
      { type: 'string', dims: [rows, 1], data: towns },
    ]);
    expect(await decode(make(), table, false)).toEqual(there);
  });

  it.each([
    ['few', 2 ** 17, ''],
    ['many', 2 ** 19, ''],
    ['behind long JSON', 2 ** 17, 'x'.repeat(LARGE_BODY_BYTES)],
  ])('is decoded alike: %s numbers', async (_what, rows, padding) => {
    const data = Float32Array.from({ length: rows * 4 }, (_, at) => at / 3);
    const make = () => bodyOf([['X', 'FP32', [rows, 4], bytesOfTensor({ data })]], padding);
    const { tensors } = await decode(make(), numbers, true);
    expect(Buffer.compare(bytesOfTensor(tensors[0]!), bytesOfTensor({ data }))).toBe(0);
  });

  it('is refused if its texts may take more memory than there is, and not if they are numbers', async () => {
    const bytes = bytesOfTensor({ data: new Float32Array(400) });
    const { body, length } = bodyOf([['X', 'FP32', [100, 4], bytes]]);
    const limits = { parseHeapBytes: 7 * bytes.byteLength, answerBytes: 1 };
    const task = (mayBeTexts: boolean) => {
      const options = { ...OPTIONS, jsonBytes: Number(length), mayBeTexts };
      const common = { kind: 'decode', protocol: 'open-inference', signature: numbers } as const;
      return { ...common, body: new Uint8Array(body), options };
    };
    expect((await perform(task(false), limits)).kind).toBe('decoded');
    await expect(perform(task(true), limits)).rejects.toThrow('more values than there is memory for');
  });
});
