import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRows } from '../../../src/model/decode-rows.ts';
import type { ClassLabel, Signature } from '../../../src/model/signature.ts';
import type { Tensor, TensorData, TensorType } from '../../../src/model/tensor.ts';
import { parseExactJson } from '../../../src/protocols/exact-json.ts';
import { encodePredictResponse } from '../../../src/protocols/predict/codec.ts';
import { classifier, column, matrixSignature } from '../../model/sample-signatures.ts';

const pair = matrixSignature('float32', [column('width'), column('height')]);

const ONE = { single: true, allProbabilities: false };
const MANY = { single: false, allProbabilities: false };

function tensor(type: TensorType, dims: readonly number[], data: TensorData): Tensor {
  return { type, dims, data };
}

function encode(outputs: readonly Tensor[], rows: number, signature: Signature, options = ONE): string {
  return encodePredictResponse(outputs, rows, signature, options).body;
}

describe('encodePredictResponse', () => {
  const scores = tensor('float32', [2, 2], Float32Array.of(0.25, 0.75, 0.97, 0.03));
  const integers = [tensor('int64', [2], BigInt64Array.of(-7n, 9007199254740993n)), scores];

  it('writes the label and the highest probability of a classifier', () => {
    const signature = classifier(pair, 'int64', { labels: [-7n, 9007199254740993n] });
    expect(encode(integers, 2, signature, MANY)).toBe(
      '{"predictions":[{"prediction":-7,"probability":0.75},{"prediction":9007199254740993,"probability":0.9700000286102295}]}',
    );
    const first = [
      tensor('int64', [1], BigInt64Array.of(-7n)),
      tensor('float32', [1, 2], Float32Array.of(0.25, 0.75)),
    ];
    expect(encode(first, 1, signature)).toBe('{"prediction":-7,"probability":0.75}');
    expect(encode(first, 1, signature, { single: true, allProbabilities: true })).toBe(
      '{"prediction":-7,"probability":0.75,"probabilities":{"-7":0.25,"9007199254740993":0.75}}',
    );
  });

  const labels: readonly [string, Tensor, readonly ClassLabel[] | null, string][] = [
    [
      'strings',
      tensor('string', [1, 1], ['sehr "gut"']),
      ['a"b', 'c'],
      '{"prediction":"sehr \\"gut\\"","probability":0.75,"probabilities":{"a\\"b":0.25,"c":0.75}}',
    ],
    [
      'booleans',
      tensor('bool', [1], Uint8Array.of(1)),
      [false, true],
      '{"prediction":true,"probability":0.75,"probabilities":{"false":0.25,"true":0.75}}',
    ],
    [
      'integral doubles',
      tensor('float64', [1], Float64Array.of(300)),
      [1n, 300n],
      '{"prediction":300,"probability":0.75,"probabilities":{"1":0.25,"300":0.75}}',
    ],
    [
      'labels that the graph does not tell',
      tensor('int32', [1], Int32Array.of(4)),
      null,
      '{"prediction":4,"probability":0.75,"probabilities":[0.25,0.75]}',
    ],
  ];
  it.each(labels)('writes %s', (_what, label, names, expected) => {
    const signature = classifier(pair, label.type, { labels: names });
    const outputs = [label, tensor('float32', [1, 2], Float32Array.of(0.25, 0.75))];
    expect(encode(outputs, 1, signature, { single: true, allProbabilities: true })).toBe(expected);
  });

  it('leaves out the probability where the scores are none', () => {
    for (const kind of ['other', 'unknown'] as const) {
      const signature = classifier(pair, 'int64', { scores: kind });
      const options = { single: false, allProbabilities: true };
      expect(encode(integers, 2, signature, options)).toBe(
        '{"predictions":[{"prediction":-7},{"prediction":9007199254740993}]}',
      );
    }
  });

  it('writes one target of a regressor as a number and several as a list', () => {
    expect(encode([tensor('float32', [1, 1], Float32Array.of(3.25))], 1, pair)).toBe('{"prediction":3.25}');
    expect(encode([tensor('float64', [2], Float64Array.of(0.1, 1e300))], 2, pair, MANY)).toBe(
      '{"predictions":[{"prediction":0.1},{"prediction":1e+300}]}',
    );
    expect(encode([tensor('float32', [1, 2], Float32Array.of(1, 2))], 1, pair)).toBe('{"prediction":[1,2]}');
  });

  it('writes the labels of a multi-label model as a list', () => {
    const several: Signature = { ...pair, task: { kind: 'multi-label', labelOutputs: [0, 1] } };
    const outputs = [tensor('int64', [1], BigInt64Array.of(1n)), tensor('string', [1], ['b'])];
    expect(encode(outputs, 1, several)).toBe('{"prediction":[1,"b"]}');
    const one: Signature = { ...pair, task: { kind: 'multi-label', labelOutputs: [0] } };
    expect(encode([tensor('int64', [2, 2], BigInt64Array.of(1n, 0n, 1n, 1n))], 2, one, MANY)).toBe(
      '{"predictions":[{"prediction":[1,0]},{"prediction":[1,1]}]}',
    );
  });

  it('writes the outputs of other models by name, nested as their dimensions', () => {
    const signature: Signature = {
      ...pair,
      task: { kind: 'other' },
      outputs: [
        { name: 'label', type: 'int64', shape: [-1] },
        { name: 'a "grid"', type: 'float16', shape: [-1, 2, 2] },
        { name: 'none', type: 'bool', shape: [-1, 0] },
      ],
    };
    const halves = new Uint16Array(Float16Array.of(9, 1, 2, 3, 4, 5, 6, 7, 8.5).buffer).subarray(1);
    const outputs = [
      tensor('int64', [2], BigInt64Array.of(5n, 6n)),
      tensor('float16', [2, 2, 2], halves),
      tensor('bool', [2, 0], new Uint8Array(0)),
    ];
    expect(encode(outputs, 2, signature, MANY)).toBe(
      '{"predictions":[{"prediction":{"label":5,"a \\"grid\\"":[[1,2],[3,4]],"none":[]}},' +
        '{"prediction":{"label":6,"a \\"grid\\"":[[5,6],[7,8.5]],"none":[]}}]}',
    );
  });

  it('writes NaN and infinities as null and counts them', () => {
    const answer = [tensor('float32', [1, 3], Float32Array.of(Number.NaN, 1, Number.NEGATIVE_INFINITY))];
    expect(encodePredictResponse(answer, 1, pair, ONE)).toEqual({
      body: '{"prediction":[null,1,null]}',
      nonFinite: 2,
    });
    const signature = classifier(pair, 'int64');
    const outputs = [
      tensor('int64', [1], BigInt64Array.of(0n)),
      tensor('float32', [1, 2], Float32Array.of(0.5, Number.NaN)),
    ];
    expect(encodePredictResponse(outputs, 1, signature, { single: true, allProbabilities: true })).toEqual({
      body: '{"prediction":0,"probability":null,"probabilities":{"0":0.5,"1":null}}',
      nonFinite: 2,
    });
  });

  it('writes no rows as an empty list', () => {
    expect(encode([tensor('float32', [0, 1], new Float32Array(0))], 0, pair, MANY)).toBe(
      '{"predictions":[]}',
    );
  });

  it('fails where an answer is not one entry for each row, but not for outputs that it does not use', () => {
    const failed = expect.objectContaining({ code: 'INFERENCE_FAILED' });
    const three = tensor('float32', [3, 1], new Float32Array(3));
    expect(() => encode([three], 2, pair, MANY)).toThrow(failed);
    expect(() => encode([], 2, pair, MANY)).toThrow(failed);
    expect(encode([tensor('float32', [1], Float32Array.of(1)), three], 1, pair)).toBe('{"prediction":1}');
    const signature = classifier(pair, 'int64', { labels: [1n, 2n, 3n] });
    expect(() => encode(integers, 2, signature, { single: false, allProbabilities: true })).toThrow(failed);
  });

  it('writes what decoding reads back unchanged, for every type', () => {
    const columnTypes = {
      float32: 'float',
      float64: 'double',
      float16: 'float16',
      int8: 'int8',
      int16: 'int16',
      int32: 'integer',
      int64: 'long',
      uint8: 'uint8',
      uint16: 'uint16',
      uint32: 'uint32',
      uint64: 'uint64',
      bool: 'boolean',
      string: 'string',
    } as const;
    fc.assert(
      fc.property(anyTensor, (output) => {
        const type = columnTypes[output.type];
        const signature = matrixSignature(output.type, [column('a', type), column('b', type)]);
        const { predictions } = parseExactJson(encode([output], output.dims[0]!, signature, MANY)) as {
          predictions: readonly { prediction: readonly unknown[] }[];
        };
        const rows = predictions.map(({ prediction }) => prediction);
        expect(decodeRows(rows, signature, String).tensors).toEqual([output]);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** `[rows, 2]` of any type; no −0, which JSON writes as 0. */
const anyTensor: fc.Arbitrary<Tensor> = fc
  .array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
    minLength: 1,
  })
  .chain((bits) => {
    const raw = BigUint64Array.from(bits.flat());
    const rows = bits.length;
    const floats = (values: Float32Array | Float64Array | Float16Array) =>
      values.map((value) => (Number.isFinite(value) ? value + 0 : 1));
    const of = (type: TensorType, data: TensorData) =>
      fc.constant(tensor(type, [rows, 2], data.slice(0, rows * 2)));
    return fc.oneof(
      of('float32', floats(new Float32Array(raw.buffer)) as Float32Array),
      of('float64', floats(new Float64Array(raw.buffer)) as Float64Array),
      of('float16', new Uint16Array(floats(new Float16Array(raw.buffer)).buffer as ArrayBuffer)),
      of('int8', new Int8Array(raw.buffer)),
      of('int16', new Int16Array(raw.buffer)),
      of('int32', new Int32Array(raw.buffer)),
      of('int64', new BigInt64Array(raw.buffer)),
      of('uint8', new Uint8Array(raw.buffer)),
      of('uint16', new Uint16Array(raw.buffer)),
      of('uint32', new Uint32Array(raw.buffer)),
      of('uint64', raw),
      of(
        'bool',
        new Uint8Array(raw.buffer).map((value) => value & 1),
      ),
      of(
        'string',
        [...raw].map((value) => String(value)),
      ),
    );
  });
