import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import type { Signature } from '../../../src/model/signature.ts';
import { parseExactJson } from '../../../src/protocols/exact-json.ts';
import { decodePredictRequest } from '../../../src/protocols/predict/codec.ts';
import {
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
