import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, list, object } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

function transformer(func: StoredValue, attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object('sklearn.preprocessing._function_transformer.FunctionTransformer', {
    n_features_in_: 1,
    func,
    validate: false,
    kw_args: null,
    ...attributes,
  });
}

function numpy(name: string): StoredValue {
  return { kind: 'name', name: `numpy.${name}` };
}

describe('FunctionTransformer', () => {
  it('keeps the digits of small numbers', async () => {
    const small = [1e-10, -3e-17, 5e-324, 0];
    const log = await runGraph(convertModel(transformer(numpy('log1p')), null).onnx, 4, {
      X: { reals: small },
    });
    const exp = await runGraph(convertModel(transformer(numpy('expm1')), null).onnx, 4, {
      X: { reals: small },
    });
    for (const [at, x] of small.entries()) {
      expect(Math.abs((log.variable?.[at] as number) - Math.log1p(x))).toBeLessThanOrEqual(
        1e-15 * Math.abs(x),
      );
      expect(Math.abs((exp.variable?.[at] as number) - Math.expm1(x))).toBeLessThanOrEqual(
        1e-15 * Math.abs(x),
      );
    }
  });

  it('lets NaN out, but fails the run where a later step refuses it', async () => {
    const root = transformer(numpy('sqrt'));
    const alone = convertModel(root, null);
    expect(await runGraph(alone.onnx, 2, { X: { reals: [4, -1] } })).toEqual({ variable: [2, Number.NaN] });
    const regression = object('sklearn.linear_model._base.LinearRegression', {
      coef_: doubles([3]),
      intercept_: 1,
    });
    const model = object('sklearn.pipeline.Pipeline', {
      steps: list(list('root', root), list('fit', regression)),
    });
    const { onnx, takesNaN } = convertModel(model, null);
    expect(await runGraph(onnx, 1, { X: { reals: [4] } })).toEqual({ variable: [7] });
    await expect(runGraph(onnx, 2, { X: { reals: [4, -1] } })).rejects.toThrow('out of data bounds');
    expect(takesNaN).toEqual(new Map([['X', [false]]]));
  });

  it('fails the run where the result is infinite', async () => {
    const { onnx } = convertModel(transformer(numpy('log')), null);
    await expect(runGraph(onnx, 1, { X: { reals: [0] } })).rejects.toThrow('out of data bounds');
  });

  it.each<[string, StoredValue, Record<string, StoredValue>, string]>([
    [
      'a function of its own',
      { kind: 'name', name: '__main__.twice' },
      {},
      'calls a function (__main__.twice), and functions are never executed; export the model to ONNX',
    ],
    ['one of numpy that is not known', numpy('linalg.norm'), {}, 'calls a function (numpy.linalg.norm)'],
    ['one of an object’s own members', numpy('constructor'), {}, 'calls a function (numpy.constructor)'],
    ['a partial', object('functools.partial'), {}, 'calls a function (functools.partial)'],
    ['the result of a call of a known name', object('numpy.exp'), {}, 'calls a function (numpy.exp)'],
    [
      'arguments',
      numpy('exp'),
      { kw_args: { kind: 'map', entries: new Map([['where', true]]) } },
      'with arguments of its own',
    ],
  ])('refuses %s', (_, func, attributes, message) => {
    expect(() => convertModel(transformer(func, attributes), null)).toThrow(message);
  });
});
