import { describe, expect, it } from 'vitest';
import { Conversion } from '../../../../../src/formats/fitted/convert/conversion.ts';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { Features } from '../../../../../src/formats/fitted/convert/features.ts';
import { GraphBuilder } from '../../../../../src/formats/fitted/graph/graph-builder.ts';
import { Stored } from '../../../../../src/formats/fitted/values/stored.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

const TOLERANCE = 1e-13;

function svc(attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object('sklearn.svm._classes.SVC', {
    n_features_in_: 1,
    classes_: integers([0, 1]),
    kernel: 'linear',
    support_vectors_: doubles([1, -1], [2, 1]),
    _dual_coef_: doubles([1, -1], [1, 2]),
    _intercept_: doubles([0]),
    _n_support: integers([1, 1]),
    probability: false,
    decision_function_shape: 'ovr',
    ...attributes,
  });
}

describe('kernel machines', () => {
  it.each(familyFixtures('kernel'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('kernel', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it('give a row on the border to the second class, as libsvm does', async () => {
    const { onnx } = convertModel(svc(), null);
    const { label } = await runGraph(onnx, 3, { X: { reals: [0, 0.1, -0.1] } });
    expect(label).toEqual([1n, 0n, 1n]);
  });

  it('call a row on the border an outlier, as libsvm does', async () => {
    const model = svc();
    model.type = 'sklearn.svm._classes.OneClassSVM';
    const { onnx } = convertModel(model, null);
    const { label } = await runGraph(onnx, 3, { X: { reals: [0, 0.1, -0.1] } });
    expect(label).toEqual([-1n, 1n, -1n]);
  });

  it.each([
    [3, 'ovo', 3],
    [4, 'ovo', null],
    [4, 'ovr', 4],
  ])('have a score for each of %i classes with "%s": %s', (classes, shape, width) => {
    const pairs = (classes * (classes - 1)) / 2;
    const model = svc({
      classes_: integers(Array.from({ length: classes }, (_, at) => at)),
      _dual_coef_: doubles(new Array(2 * (classes - 1)).fill(1), [classes - 1, 2]),
      _intercept_: doubles(new Array(pairs).fill(0)),
      _n_support: integers([2, ...new Array(classes - 1).fill(0)]),
      decision_function_shape: shape,
    });
    const conversion = new Conversion(new GraphBuilder());
    const x = conversion.graph.input('X', 'double', 1);
    const prediction = conversion.predict(new Stored(model), Features.made(conversion.graph, x, 1));
    const decision = prediction.kind === 'classifier' ? prediction.decision : null;
    expect(decision === null).toBe(width === null);
  });

  it('say the same of a row whether rows are calculated together or one by one', async () => {
    const width = 9000;
    const vectors = Array.from({ length: 2 * width }, (_, at) => Math.sin(at));
    const model = (count: number) =>
      svc({
        kernel: 'rbf',
        _gamma: 0.0001,
        n_features_in_: width,
        support_vectors_: doubles(vectors.slice(0, count * width), [count, width]),
        _dual_coef_: doubles([1, -1].slice(0, count), [1, count]),
        _n_support: integers(count === 2 ? [1, 1] : [1, 0]),
      });
    const regressor = (count: number) => {
      const state = model(count);
      state.type = 'sklearn.svm._classes.SVR';
      return convertModel(state, null).onnx;
    };
    const rows = Array.from({ length: 3 * width }, (_, at) => Math.cos(at));
    const kernel = (row: number, vector: number) => {
      let sum = 0;
      for (let at = 0; at < width; at += 1) {
        sum += ((rows[row * width + at] as number) - (vectors[vector * width + at] as number)) ** 2;
      }
      return Math.exp(-0.0001 * sum);
    };
    const together = await runGraph(regressor(1), 3, { X: { reals: rows } });
    const oneByOne = await runGraph(regressor(2), 3, { X: { reals: rows } });
    expect(Buffer.from(regressor(1)).includes('Scan')).toBe(false);
    expect(Buffer.from(regressor(2)).includes('Scan')).toBe(true);
    for (const row of [0, 1, 2]) {
      expect(together.variable?.[row]).toBeCloseTo(kernel(row, 0), 14);
      expect(oneByOne.variable?.[row]).toBeCloseTo(kernel(row, 0) - kernel(row, 1), 14);
    }
  });

  it.each<[string, StoredValue, string]>([
    [
      'a precomputed kernel',
      svc({ kernel: 'precomputed' }),
      'SVC has the kernel "precomputed", and only linear, rbf',
    ],
    [
      'a kernel of its own code',
      svc({ kernel: object('builtins.function') }),
      'SVC has the kernel a function',
    ],
    [
      'sparse support vectors',
      svc({ support_vectors_: object('scipy.sparse._csr.csr_matrix') }),
      'support_vectors_ of SVC is sparse',
    ],
    [
      'more support vectors than there are',
      svc({ _n_support: integers([1, 2]) }),
      '_n_support of SVC does not add up to its 2 support vectors',
    ],
    [
      'a negative number of support vectors',
      svc({ _n_support: integers([3, -1]) }),
      '_n_support of SVC does not add up to its 2 support vectors',
    ],
    [
      'parameters of a kernel that are not its own',
      object('sklearn.kernel_approximation.Nystroem', { n_features_in_: 1, kernel_params: list() }),
      'Nystroem has kernel_params, which are not converted',
    ],
    ['one class', svc({ classes_: integers([1]) }), 'SVC has only 1 class'],
    [
      'weights for other classes',
      svc({ classes_: integers([1, 2, 3]) }),
      '_dual_coef_ is not an array of shape [2, 2] but an array of shape [1, 2]',
    ],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
