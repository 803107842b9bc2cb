import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredMap, StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

const EMPTY: StoredMap = { kind: 'map', entries: new Map() };

function neighbours(className: string, attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object(`sklearn.neighbors._classification.${className}`, {
    n_features_in_: 1,
    n_neighbors: 2,
    radius: 1,
    weights: 'uniform',
    effective_metric_: 'euclidean',
    effective_metric_params_: EMPTY,
    _fit_method: 'kd_tree',
    _fit_X: doubles([0, 1, 10], [3, 1]),
    _y: integers([0, 1, 1]),
    classes_: integers([5, 6]),
    outputs_2d_: false,
    outlier_label_: null,
    ...attributes,
  });
}

describe('nearest neighbours', () => {
  it.each(familyFixtures('neighbors'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('neighbors', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(1e-12);
  });

  it('give a draw of classes to the first', async () => {
    const { onnx } = convertModel(neighbours('KNeighborsClassifier'), null);
    const outputs = await runGraph(onnx, 2, { X: { reals: [0.9, 6] } });
    expect(outputs).toEqual({ label: [5n, 6n], probabilities: [0.5, 0.5, 0, 1] });
  });

  it('let rows at distance 0 count alone', async () => {
    const model = neighbours('KNeighborsClassifier', {
      weights: 'distance',
      _fit_X: doubles([0, 0, 1e-300], [3, 1]),
    });
    const { probabilities } = await runGraph(convertModel(model, null).onnx, 1, { X: { reals: [0] } });
    expect(probabilities).toEqual([0.5, 0.5]);
  });

  it('keep the digits of rows that are close together and far from zero', async () => {
    const model = neighbours('KNeighborsClassifier', {
      n_neighbors: 1,
      _fit_X: doubles([1e8, 1e8 + 1e-6, 0], [3, 1]),
    });
    const { label } = await runGraph(convertModel(model, null).onnx, 2, { X: { reals: [1e8, 1e8 + 1e-6] } });
    expect(label).toEqual([5n, 6n]);
  });

  it('fail on a row without neighbours where there is no label for outliers', async () => {
    const { onnx } = convertModel(neighbours('RadiusNeighborsClassifier'), null);
    const { label } = await runGraph(onnx, 1, { X: { reals: [9.5] } });
    expect(label).toEqual([6n]);
    await expect(runGraph(onnx, 2, { X: { reals: [9.5, 50] } })).rejects.toThrow();
  });

  it('say the same of a row whether rows are calculated together or one by one', async () => {
    const count = 20_000;
    const points = Array.from({ length: count }, (_, at) => Math.sin(at) * 100);
    const labels = Array.from({ length: count }, (_, at) => at % 2);
    const model = (rows: number) =>
      neighbours('KNeighborsClassifier', {
        n_neighbors: 5,
        _fit_X: doubles(points.slice(0, rows), [rows, 1]),
        _y: integers(labels.slice(0, rows)),
      });
    const { onnx } = convertModel(model(count), null);
    expect(Buffer.from(onnx).includes('Scan')).toBe(true);
    const reals = [3.3, -77, 99];
    const { probabilities } = await runGraph(onnx, 3, { X: { reals } });
    for (const [row, x] of reals.entries()) {
      const order = points
        .map((point, at) => [Math.abs(point - x), at % 2] as const)
        .sort((a, b) => a[0] - b[0]);
      const ones = order.slice(0, 5).filter(([, label]) => label === 1).length;
      expect(probabilities?.[2 * row + 1]).toBe(ones / 5);
    }
  });

  it.each<[string, StoredValue, string]>([
    [
      'another metric',
      neighbours('KNeighborsClassifier', { effective_metric_: 'haversine' }),
      'KNeighborsClassifier has the metric "haversine", which is not converted; export the model',
    ],
    [
      'a metric of its own code',
      neighbours('KNeighborsRegressor', { effective_metric_: object('builtins.function') }),
      'KNeighborsRegressor has the metric of a function',
    ],
    [
      'weights of its own code',
      neighbours('KNeighborsClassifier', { weights: object('builtins.function') }),
      'weighs neighbours with a function, which is never executed',
    ],
    [
      'more neighbours than rows',
      neighbours('KNeighborsClassifier', { n_neighbors: 4 }),
      'asks for 4 neighbours of 3 rows of training',
    ],
    [
      'labels that are no class',
      neighbours('KNeighborsClassifier', { _y: integers([0, 1, 2]) }),
      '_y has labels that are none of its 2 classes',
    ],
    [
      'sparse rows',
      neighbours('KNeighborsClassifier', { _fit_X: object('scipy.sparse._csr.csr_matrix') }),
      '_fit_X of KNeighborsClassifier is sparse',
    ],
    [
      'too many rows',
      neighbours('KNeighborsClassifier', { _fit_X: doubles(new Array(6_250_001).fill(0), [6_250_001, 1]) }),
      'with 6250001 rows of training of 1 columns, which are more than 50 MB',
    ],
    [
      'a label for outliers that is no class',
      neighbours('RadiusNeighborsClassifier', { outlier_label_: list(7) }),
      'has a label for outliers that is none of its classes',
    ],
    [
      'a detector that only knows its training',
      neighbours('LocalOutlierFactor', { novelty: false }),
      'LocalOutlierFactor was fitted with novelty=False, and has no predict; fit it with novelty=True',
    ],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
