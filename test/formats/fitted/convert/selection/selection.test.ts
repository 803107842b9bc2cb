import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { booleans, doubles, integers, object } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

type State = Readonly<Record<string, StoredValue>>;

function selector(name: string, attributes: State) {
  return object(`sklearn.feature_selection._selection.${name}`, { n_features_in_: 4, ...attributes });
}

function fromModel(inner: State, attributes: State = {}) {
  return selector('SelectFromModel', {
    estimator: null,
    estimator_: object('sklearn.linear_model._ridge.Ridge', { n_features_in_: 4, ...inner }),
    importance_getter: 'auto',
    norm_order: 1,
    threshold: null,
    max_features: null,
    ...attributes,
  });
}

async function keptOf(model: StoredValue): Promise<unknown[]> {
  const { onnx } = convertModel(model, null);
  return (await runGraph(onnx, 1, { X: { reals: [0, 1, 2, 3] } })).variable as unknown[];
}

describe('selectors', () => {
  it.each<[string, string, State, number[]]>([
    ['the later of equal scores', 'SelectKBest', { scores_: doubles([5, 1, 5, 5]), k: 2 }, [2, 3]],
    [
      'no score last of all',
      'SelectKBest',
      { scores_: doubles([Number.NaN, 1, 2, Number.NaN]), k: 2 },
      [1, 2],
    ],
    ['all of them', 'SelectKBest', { scores_: doubles([5, 1, 5, 5]), k: 'all' }, [0, 1, 2, 3]],
    [
      'the earlier of scores at the limit',
      'SelectPercentile',
      { scores_: doubles([5, 5, 5, 1]), percentile: 50 },
      [0, 1],
    ],
    [
      'p-values below alpha',
      'SelectFpr',
      { pvalues_: doubles([0.05, 0.01, Number.NaN, 0.04]), alpha: 0.05 },
      [1, 3],
    ],
    [
      'by the number of columns',
      'SelectFwe',
      { pvalues_: doubles([0.0124, 0.0125, 0.1, 0]), alpha: 0.05 },
      [0, 3],
    ],
    [
      'a false discovery rate',
      'SelectFdr',
      { pvalues_: doubles([0.03, 0.5, 0.01, 0.02]), alpha: 0.05 },
      [0, 2, 3],
    ],
    [
      'by a mode',
      'GenericUnivariateSelect',
      { scores_: doubles([5, 1, 5, 6]), mode: 'k_best', param: 1 },
      [3],
    ],
    [
      'variances above the threshold',
      'VarianceThreshold',
      { variances_: doubles([0, 1, 0, 2]), threshold: 0 },
      [1, 3],
    ],
    [
      'a stored mask',
      'SequentialFeatureSelector',
      { support_: booleans([true, false, false, true]), estimator: null },
      [0, 3],
    ],
  ])('keep %s', async (_, name, attributes, kept) => {
    expect(await keptOf(selector(name, attributes))).toEqual(kept);
  });

  it.each<[string, State, State, number[]]>([
    ['the mean', { coef_: doubles([1, -2, 3, -4]) }, {}, [2, 3]],
    [
      'the median of an even number',
      { coef_: doubles([1, -2, 3, -4]) },
      { threshold: '1.0 * median' },
      [2, 3],
    ],
    ['a number, which itself is enough', { coef_: doubles([1, -2, 3, -4]) }, { threshold: 2 }, [1, 2, 3]],
    ['the most columns', { coef_: doubles([1, -2, 3, -4]) }, { threshold: 0, max_features: 1 }, [3]],
    [
      'the length of all coefficients',
      { coef_: doubles([3, 1, 0, 0, 4, 1, 0, 0], [2, 4]) },
      { threshold: 4.9, norm_order: 2 },
      [0],
    ],
    ['almost nothing after an L1 penalty', { coef_: doubles([0, 1e-6, 1e-4, 1]), penalty: 'l1' }, {}, [2, 3]],
  ])('keep what is not below %s', async (_, inner, attributes, kept) => {
    expect(await keptOf(fromModel(inner, attributes))).toEqual(kept);
  });

  it('take null only where scikit-learn passes it on', () => {
    const strict = selector('SelectKBest', { scores_: doubles([5, 1, 5, 5]), k: 2 });
    expect(convertModel(strict, null).takesNaN).toEqual(new Map([['X', [false, false, false, false]]]));
    const open = selector('VarianceThreshold', { variances_: doubles([0, 1, 0, 2]), threshold: 0 });
    expect(convertModel(open, null).takesNaN).toEqual(new Map([['X', [true, true, true, true]]]));
  });

  it('predict from the columns that are kept', async () => {
    const model = selector('RFE', {
      support_: booleans([false, true, false, true]),
      estimator: null,
      estimator_: object('sklearn.linear_model._base.LinearRegression', {
        coef_: doubles([10, 100]),
        intercept_: 0,
      }),
    });
    expect(await keptOf(model)).toEqual([310]);
  });

  it.each<[string, StoredValue, string]>([
    [
      'a mask of another length',
      selector('RFE', { support_: booleans([true]), estimator: null, estimator_: null }),
      'no estimator',
    ],
    [
      'scores of another number',
      selector('SelectKBest', { scores_: doubles([1]), k: 1 }),
      'selects among 1 columns and gets 4',
    ],
    [
      'an unknown mode',
      selector('GenericUnivariateSelect', { mode: 'best', scores_: doubles([1]) }),
      'mode is "best"',
    ],
    ['importances at their mean', fromModel({ coef_: doubles([1, 1, 1, 1]) }), 'too close to each other'],
    [
      'an estimator without importances',
      fromModel({ support_: integers([1]) }),
      'does not keep what SelectFromModel selects by',
    ],
    [
      'a function',
      fromModel({ coef_: doubles([1, 2, 3, 4]) }, { importance_getter: object('mine.f') }),
      'does not keep what',
    ],
    ['another norm', fromModel({ coef_: doubles([1, 2, 3, 4], [1, 4]) }, { norm_order: 3 }), 'norm_order'],
    [
      'an odd threshold',
      fromModel({ coef_: doubles([1, 2, 3, 4]) }, { threshold: 'most' }),
      'threshold is no threshold',
    ],
  ])('refuse %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
