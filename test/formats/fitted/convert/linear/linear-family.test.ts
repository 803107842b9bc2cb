import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

const TOLERANCE = 1e-13;

function logistic(attributes: Readonly<Record<string, StoredValue>>) {
  return object('sklearn.linear_model._logistic.LogisticRegression', {
    n_features_in_: 1,
    classes_: integers([0, 1, 2]),
    coef_: doubles([1, 2, 3], [3, 1]),
    intercept_: doubles([0, 0, 0]),
    solver: 'newton-cholesky',
    multi_class: 'auto',
    ...attributes,
  });
}

async function probabilitiesAtOne(attributes: Readonly<Record<string, StoredValue>>): Promise<number[]> {
  const { onnx } = convertModel(logistic(attributes), null);
  const { probabilities } = await runGraph(onnx, 1, { X: { reals: [1] } });
  return probabilities as number[];
}

describe('linear models', () => {
  it.each(familyFixtures('linear'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('linear', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it('are one-vs-rest where the solver of that version knew nothing else', async () => {
    const sigmoids = [1, 2, 3].map((score) => 1 / (1 + Math.exp(-score)));
    const sum = sigmoids.reduce((total, value) => total + value);
    const old = await probabilitiesAtOne({ _sklearn_version: '1.5.2' });
    for (const [at, value] of old.entries()) expect(value).toBeCloseTo((sigmoids[at] as number) / sum, 14);
    const recent = await probabilitiesAtOne({ _sklearn_version: '1.6.0' });
    const exponentials = [1, 2, 3].map(Math.exp);
    const total = exponentials.reduce((all, value) => all + value);
    for (const [at, value] of recent.entries()) {
      expect(value).toBeCloseTo((exponentials[at] as number) / total, 14);
    }
  });

  it('take a label by the sign where there are two classes, zero being the first', async () => {
    const model = object('sklearn.svm._classes.LinearSVC', {
      n_features_in_: 1,
      classes_: integers([7, 9]),
      coef_: doubles([1], [1, 1]),
      intercept_: doubles([0]),
    });
    const { onnx } = convertModel(model, null);
    const outputs = await runGraph(onnx, 3, { X: { reals: [0, 5e-324, -5e-324] } });
    expect(outputs).toEqual({ label: [7n, 9n, 7n] });
  });

  it.each<[string, StoredValue, string]>([
    [
      'coefficients for too few classes',
      logistic({ coef_: doubles([1, 2], [2, 1]), intercept_: doubles([0, 0]) }),
      'LogisticRegression has 2 rows of coefficients for 3 classes',
    ],
    [
      'coefficients for other columns',
      logistic({ coef_: doubles([1, 2, 3, 4, 5, 6], [3, 2]) }),
      'coef_ is not an array of shape [?, 1] but an array of shape [3, 2]',
    ],
    [
      'intercepts for other classes',
      logistic({ intercept_: doubles([1, 2]) }),
      'intercept_ is not an array of shape [3] but an array of shape [2]',
    ],
    [
      'a state that was never fitted',
      object('sklearn.linear_model._ridge.Ridge', { n_features_in_: 1 }),
      'Ridge has no attribute "coef_"',
    ],
    [
      'a link that does not exist',
      object('sklearn.linear_model._glm.glm.TweedieRegressor', {
        n_features_in_: 1,
        coef_: doubles([1]),
        intercept_: 0,
        link: 'logit',
      }),
      'TweedieRegressor has the unknown link "logit"',
    ],
    [
      'sparse coefficients',
      logistic({ coef_: object('scipy.sparse._csr.csr_matrix') }),
      'coef_ of LogisticRegression is sparse (scipy.sparse._csr.csr_matrix), and only arrays are read; call densify()',
    ],
    [
      'an inner estimator that is none',
      object('sklearn.linear_model._ransac.RANSACRegressor', { n_features_in_: 1, estimator_: list() }),
      'estimator_ is no estimator',
    ],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
