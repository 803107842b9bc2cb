import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { Deadline } from '../../../src/inference/deadline.ts';
import type { Signature } from '../../../src/model/signature.ts';
import type { Tensor } from '../../../src/model/tensor.ts';
import { shipTensors } from '../../../src/model/tensor-shipment.ts';
import { decodeUtf8, parseExactJson } from '../../../src/protocols/exact-json.ts';
import { CodecThread } from '../../../src/protocols/off-loop/codec-thread.ts';
import type { CodecReply } from '../../../src/protocols/off-loop/messages.ts';
import { TaskQueue } from '../../../src/protocols/off-loop/task-queue.ts';
import {
  encodePredictResponse,
  type PredictForm,
  predictCodec,
} from '../../../src/protocols/predict/codec.ts';
import { NUMBERS, TABLE } from './predict-signatures.ts';

const limits = { parseHeapBytes: 2 ** 30, answerBytes: 2 ** 30 };
const thread = new CodecThread({ name: 'test', heapMiB: 256, idleMs: 60_000, limits });
const queue = new TaskQueue([{ thread, maxBytes: Number.POSITIVE_INFINITY }]);
afterAll(() => queue.close());

const QUERY = { allProbabilities: true };
const deadline = Deadline.NEVER;

function outcome(error: unknown): unknown {
  if (!(error instanceof GatewayError)) throw error;
  const { code, message, problems, retryAfterSeconds } = error;
  return { code, message, problems, retryAfterSeconds };
}

function decodeHere(body: Uint8Array, signature: Signature): unknown {
  try {
    return predictCodec.decode(parseExactJson(decodeUtf8(body)), signature, QUERY);
  } catch (error) {
    return outcome(error);
  }
}

async function decodeThere(body: Uint8Array, signature: Signature): Promise<unknown> {
  const own = new Uint8Array(body);
  const task = { kind: 'decode', protocol: 'predict', body: own, signature, options: QUERY } as const;
  try {
    const reply = await queue.run({ task, transfer: [own.buffer], bytes: own.length, deadline });
    return (reply as Extract<CodecReply, { kind: 'decoded' }>).decoded;
  } catch (error) {
    return outcome(error);
  }
}

async function encodeThere(
  outputs: readonly Tensor[],
  rows: number,
  signature: Signature,
  form: PredictForm,
): Promise<unknown> {
  const { tensors, transfer } = shipTensors(outputs);
  const answer = { outputs: tensors, rows, signature, form, options: QUERY };
  const task = { kind: 'encode', protocol: 'predict', answer } as const;
  try {
    const reply = await queue.run({ task, transfer, bytes: 1, deadline });
    const { body, nonFinite } = reply as Extract<CodecReply, { kind: 'encoded' }>;
    return { body: Buffer.from(body).toString(), nonFinite };
  } catch (error) {
    return outcome(error);
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

const BODIES: readonly (readonly [string, Signature, Uint8Array])[] = [
  ['rows by position', NUMBERS, bytes('{"features":[[1,2.5],[3,-0]]}')],
  ['one row', NUMBERS, bytes('{"features":[1,2]}')],
  ['a byte order mark', NUMBERS, bytes('\ufeff{"features":[1,2]}')],
  ['bytes that are not UTF-8', NUMBERS, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ['null as NaN', NUMBERS, bytes('{"features":[[null,2],[3,null]]}')],
  ['NaN as no JSON has it', NUMBERS, bytes('{"features":[NaN,1]}')],
  ['broken JSON', NUMBERS, bytes('{"features":[[1,2],[3,')],
  ['no body at all', NUMBERS, bytes('')],
  ['a misspelt column', NUMBERS, bytes('{"features":[{"widht":1,"length":2},{"width":1,"length":true}]}')],
  ['numbers out of range', NUMBERS, bytes('{"features":[[1e400,1e39]]}')],
  ['ragged rows', NUMBERS, bytes('{"features":[[1,2],[3],[4,5,6],{}]}')],
  [
    'more problems than are listed',
    NUMBERS,
    bytes(`{"features":[${Array(300).fill('["a",1]').join(',')}],"extra":1}`),
  ],
  ['64-bit integers', TABLE, bytes('{"features":[[9223372036854775807,"Łódź"],[-9007199254740993,""]]}')],
  ['an integer out of 64 bits', TABLE, bytes('{"features":[[9223372036854775808,"a"]]}')],
  ['half a surrogate pair', TABLE, bytes('{"features":[[1,"\\ud83d"],[2,"\\u0000"]]}')],
  ['text by name', TABLE, bytes('{"features":[{"town":"東京 🗼","id":7.0}]}')],
  ['lists nested deeply', TABLE, bytes(`{"features":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)],
];

describe('decoding on a thread', () => {
  it.each(BODIES)('gives what decoding here gives for %s', async (_name, signature, body) => {
    expect(await decodeThere(body, signature)).toStrictEqual(decodeHere(body, signature));
  });

  it('gives the same for any JSON', async () => {
    const value = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.json(),
    );
    const row = fc.oneof(
      fc.array(value, { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('id', 'town'), value),
    );
    const body = fc.oneof(fc.jsonValue(), fc.record({ features: fc.array(row, { maxLength: 4 }) }));
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(NUMBERS, TABLE), async (content, signature) => {
        const text = bytes(JSON.stringify(content));
        expect(await decodeThere(text, signature)).toStrictEqual(decodeHere(text, signature));
      }),
      { numRuns: 200 },
    );
  });
});

describe('encoding on a thread', () => {
  const numbers = (rows: number): readonly Tensor[] => [
    { type: 'int64', dims: [rows], data: new BigInt64Array(rows).fill(9_007_199_254_740_993n) },
    {
      type: 'float32',
      dims: [rows, 2],
      data: Float32Array.from({ length: 2 * rows }, (_, at) => (at % 7 === 0 ? Number.NaN : at / 3)),
    },
  ];
  const table = (rows: number): readonly Tensor[] => [
    { type: 'int64', dims: [rows, 1], data: new BigInt64Array(rows).fill(-(2n ** 63n)) },
    { type: 'string', dims: [rows, 1], data: Array(rows).fill('"Łódź" 🗼\n') },
    { type: 'float16', dims: [rows, 2], data: new Uint16Array(2 * rows).fill(0x7c00) },
  ];

  it.each([
    ['one row', NUMBERS, numbers(1), 1, true],
    ['a batch of one', NUMBERS, numbers(1), 1, false],
    ['no rows', NUMBERS, numbers(0), 0, false],
    ['as many rows as a piece has', NUMBERS, numbers(1024), 1024, false],
    ['several pieces', NUMBERS, numbers(2_500), 2_500, false],
    ['texts and half floats', TABLE, table(1_500), 1_500, false],
    ['outputs that are views of one buffer', NUMBERS, viewsOfOneBuffer(), 3, false],
  ])('gives the text that encoding here gives for %s', async (_name, signature, outputs, rows, single) => {
    const here = encodePredictResponse(outputs, rows, signature, { single, ...QUERY });
    expect(await encodeThere(outputs, rows, signature, { single })).toEqual(here);
  });

  it('fails as encoding here does', async () => {
    const outputs = numbers(3);
    expect(await encodeThere(outputs, 4, NUMBERS, { single: false })).toMatchObject({
      code: 'INFERENCE_FAILED',
      message: expect.stringContaining('which is not one entry for each of 4 rows'),
    });
  });
});

function viewsOfOneBuffer(): readonly Tensor[] {
  const buffer = new ArrayBuffer(64);
  const label = new BigInt64Array(buffer, 0, 3).fill(-7n);
  const scores = new Float32Array(buffer, 24, 6).fill(0.5);
  return [
    { type: 'int64', dims: [3], data: label },
    { type: 'float32', dims: [3, 2], data: scores },
  ];
}
