import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredMap, StoredValue } from '../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, object } from '../build-stored.ts';

const EMPTY: StoredMap = { kind: 'map', entries: new Map() };

function filled(...shape: readonly number[]) {
  return doubles(new Array(shape.reduce((product, dim) => product * dim)).fill(1), shape);
}

function numbered(count: number) {
  return integers(Array.from({ length: count }, (_, at) => at));
}

function svc(classes: number, isProbable: boolean) {
  return object('sklearn.svm._classes.SVC', {
    n_features_in_: 1,
    kernel: 'linear',
    classes_: numbered(classes),
    support_vectors_: filled(classes, 1),
    _n_support: integers(new Array(classes).fill(1)),
    _dual_coef_: filled(classes - 1, classes),
    _intercept_: filled((classes * (classes - 1)) / 2),
    decision_function_shape: 'ovr',
    probability: isProbable,
  });
}

function neighbours(className: string) {
  return object(`sklearn.neighbors._classification.${className}`, {
    n_features_in_: 1,
    n_neighbors: 6000,
    radius: 1,
    weights: 'uniform',
    effective_metric_: 'euclidean',
    effective_metric_params_: EMPTY,
    _fit_X: filled(6000, 1),
    _y: numbered(6000),
    classes_: numbered(6000),
    outputs_2d_: false,
  });
}

/** Small arrays that would be a large table when they are combined. */
const MODELS: readonly (readonly [string, StoredValue, string])[] = [
  [
    'SVC of many classes',
    svc(500, false),
    'SVC would need a table of 124750000 numbers for its pairs of classes',
  ],
  ['SVC with probabilities of many classes', svc(101, true), 'SVC has probabilities of 101 classes'],
  [
    'KNeighborsClassifier of many classes',
    neighbours('KNeighborsClassifier'),
    'KNeighborsClassifier would need a table of 36000000 numbers for the classes of its neighbours',
  ],
  [
    'RadiusNeighborsClassifier of many classes',
    neighbours('RadiusNeighborsClassifier'),
    'RadiusNeighborsClassifier would need a table of 36000000 numbers for the classes of its rows',
  ],
  [
    'PLSRegression of many targets',
    object('sklearn.cross_decomposition._pls.PLSRegression', {
      n_features_in_: 6000,
      x_rotations_: filled(6000, 1),
      y_loadings_: filled(6000, 1),
    }),
    'PLSRegression would need a table of 36000000 numbers for its coefficients',
  ],
  [
    'FactorAnalysis of many factors',
    object('sklearn.decomposition._factor_analysis.FactorAnalysis', {
      n_features_in_: 330,
      components_: filled(330, 330),
      noise_variance_: filled(330),
    }),
    'FactorAnalysis would need a table of 35937000 numbers for the posterior of its factors',
  ],
];

describe('refuseLarger', () => {
  it.each(MODELS)('refuses %s before the table is made', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
