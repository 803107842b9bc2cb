import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { decodeRows } from '../../../src/model/decode-rows.ts';
import type { ClassLabel, Signature } from '../../../src/model/signature.ts';
import type { Tensor, TensorData, TensorType } from '../../../src/model/tensor.ts';
import { parseExactJson } from '../../../src/protocols/exact-json.ts';
import { decodePredictRequest, encodePredictResponse } from '../../../src/protocols/predict/codec.ts';
import {
  classifier,
  column,
  columnarSignature,
  matrixSignature,
  variableSignature,
} from '../../model/sample-signatures.ts';

const pair = matrixSignature('float32', [column('width'), column('height')]);

function failure(body: unknown, signature: Signature): GatewayError {
  try {
    decodePredictRequest(body, signature);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'INVALID_INPUT') return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

describe('decodePredictRequest', () => {
  it.each([
    ['a list of values', [1, 2], true, [1, 2]],
    ['an object', { height: 2, width: 1 }, true, [1, 2]],
    [
      'a list of lists',
      [
        [1, 2],
        [3, 4],
      ],
      false,
      [1, 2, 3, 4],
    ],
    ['a list of one list', [[1, 2]], false, [1, 2]],
    [
      'a list of objects',
      [
        { width: 1, height: 2 },
        { height: 4, width: 3 },
      ],
      false,
      [1, 2, 3, 4],
    ],
  ])('takes %s', (_what, features, single, values) => {
    const request = decodePredictRequest({ features }, pair);
    expect(request.single).toBe(single);
    expect(request.rows).toBe(values.length / 2);
    expect(request.tensors[0]!.data).toEqual(Float32Array.from(values));
  });

  const cases: readonly [unknown, string, string][] = [
    [{}, '/features', 'the body has no "features"; send {"features": [[1, 2], [3, 4]]}'],
    [{ features: [] }, '/features', '"features" is empty; send at least one row'],
    [{ features: 3 }, '/features', '"features" must be a list or an object, got an integer'],
    [{ features: null }, '/features', '"features" must be a list or an object, got null'],
    [[1, 2], '', 'the body must be an object like {"features": [[1, 2], [3, 4]]}, got a list'],
    [
      { features: [1, [2]] },
      '/features/1',
      '"features" mixes values and rows; send one row as a list of values, or many as a list of lists or of objects',
    ],
    [{ features: [[1, 2], 3] }, '/features/1', 'expected a list of 2 values or an object, got an integer'],
    [
      { features: [[1, 2], { width: 1, height: 2 }] },
      '/features/1',
      'expected a list as in the rows before, got an object',
    ],
    [
      { features: { width: 1, height: 'x' } },
      '/features/height',
      'column "height": expected a number (double), got a string',
    ],
    [{ features: [1, 'x'] }, '/features/1', 'column "height": expected a number (double), got a string'],
    [{ features: [1] }, '/features', 'expected 2 values (width, height), got 1'],
    [{ features: [1, 2], extra: 1 }, '/extra', 'the body has an unknown key "extra"'],
  ];
  it.each(cases)('refuses %j', (body, pointer, detail) => {
    expect(failure(body, pair).problems).toEqual([{ pointer, detail }]);
  });

  it('names problems of the envelope and of the rows together', () => {
    expect(failure({ features: [1, 'x'], Feature: 0 }, pair).problems).toEqual([
      { pointer: '/Feature', detail: 'the body has an unknown key "Feature"; did you mean "features"?' },
      { pointer: '/features/1', detail: 'column "height": expected a number (double), got a string' },
    ]);
    expect(failure({ feature: [1, 2] }, pair).problems.map(({ pointer }) => pointer)).toEqual([
      '/features',
      '/feature',
    ]);
  });

  it('takes "__proto__" for an unknown key', () => {
    const body = parseExactJson('{"__proto__": {"features": [1, 2]}}');
    expect(failure(body, pair).problems.map(({ pointer }) => pointer)).toEqual(['/features', '/__proto__']);
  });

  it('tells one image from many by the lists around the first value, never by lengths', () => {
    const images = columnarSignature([
      { ...column('image', 'float', { cellShape: [2, 2] }), tensor: 'float32' },
    ]);
    const image = [
      [1, 2],
      [3, 4],
    ];
    const forms = [image, { image }, [image], [image, image], [[image]], [{ image }]].map((features) => {
      const { single, rows, tensors } = decodePredictRequest({ features }, images);
      return [single, rows, tensors[0]!.dims];
    });
    expect(forms).toEqual([
      [true, 1, [1, 2, 2]],
      [true, 1, [1, 2, 2]],
      [false, 1, [1, 2, 2]],
      [false, 2, [2, 2, 2]],
      [false, 1, [1, 2, 2]],
      [false, 1, [1, 2, 2]],
    ]);
  });

  it('tells one row from many where columns of lists and of values stand together', () => {
    const vector = { ...column('vector', 'float', { cellShape: [2] }), tensor: 'float32' as const };
    const age = { ...column('age', 'long'), tensor: 'int64' as const };
    const forms = [
      [columnarSignature([vector, age]), [[1, 2], 30]],
      [columnarSignature([vector, age]), [[[1, 2], 30]]],
      [columnarSignature([age, vector]), [30, [1, 2]]],
      [
        columnarSignature([age, vector]),
        [
          [30, [1, 2]],
          [31, [3, 4]],
        ],
      ],
    ] as const;
    expect(
      forms
        .map(([signature, features]) => decodePredictRequest({ features }, signature))
        .map(({ single, rows }) => [single, rows]),
    ).toEqual([
      [true, 1],
      [false, 1],
      [true, 1],
      [false, 2],
    ]);
  });

  it('answers any body with tensors or INVALID_INPUT, and never echoes a value', () => {
    const signatures = [
      pair,
      matrixSignature('int64', [column('a', 'long')]),
      matrixSignature('float16', [column(null, 'float', { takesNaN: true }), column(null, 'boolean')]),
      columnarSignature([
        { ...column('a', 'string'), tensor: 'string' },
        { ...column('b', 'float', { cellShape: [2] }), tensor: 'float32' },
      ]),
      columnarSignature([{ ...column('a', 'float', { cellShape: [-1, 2] }), tensor: 'float64' }]),
      variableSignature('int32'),
      { ...pair, fixedRows: 1 },
    ];
    const leaves = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt(),
      fc.string({ unit: 'binary' }).map((text) => `\u2603secret${text}`),
      fc.constantFrom('\ud800secret', 'secret\0'),
    );
    const keys = fc.constantFrom('a', 'b', 'width', 'height', 'widht', '__proto__', '\u0000', 'constructor');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaves,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
      ),
    }));
    const numbers = fc.oneof(fc.integer({ min: 0, max: 9 }), leaves);
    const lists = fc.array(numbers, { minLength: 1, maxLength: 2 });
    const objects = fc.record({ width: numbers, height: numbers });
    const nearlyRight = fc.oneof(
      lists,
      objects,
      fc.array(lists),
      fc.array(objects),
      fc.array(fc.array(lists)),
    );
    const bodies = fc.oneof(value, fc.record({ features: value }), fc.record({ features: nearlyRight }));
    let accepted = 0;
    fc.assert(
      fc.property(bodies, fc.constantFrom(...signatures), (body, signature) => {
        try {
          const { tensors, rows } = decodePredictRequest(body, signature);
          accepted++;
          expect(tensors.map(({ dims }) => dims[0])).toEqual(signature.inputs.map(() => rows));
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          expect(error.code).toBe('INVALID_INPUT');
          expect(JSON.stringify([error.message, error.problems])).not.toContain('secret');
        }
      }),
      { numRuns: 4_000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

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
