import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../src/formats/fitted/values/stored-value.ts';
import type { MlModelColumn } from '../../../../src/model/ml-model.ts';
import { doubles, integers, list, object, texts } from '../build-stored.ts';
import { runGraph } from '../run-graph.ts';

const LINEAR = 'sklearn.linear_model._base.LinearRegression';
const LOGISTIC = 'sklearn.linear_model._logistic.LogisticRegression';
const PIPELINE = 'sklearn.pipeline.Pipeline';

function regression(attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object(LINEAR, { coef_: doubles([2, -3]), intercept_: 0.5, n_features_in_: 2, ...attributes });
}

function column(name: string, type = 'double'): MlModelColumn {
  return { kind: 'column', name, type, required: true };
}

describe('convertModel', () => {
  it('makes a graph that calculates in double precision', async () => {
    const { onnx, estimator, takesNaN, columns } = convertModel(regression(), null);
    const { variable } = await runGraph(onnx, 2, { X: { reals: [0.1, 0.2, 1, 1] } });
    // A fused multiplication and addition rounds once where JavaScript rounds twice.
    expect(variable?.[0]).toBeCloseTo(0.1, 15);
    expect(variable?.[1]).toBe(-0.5);
    expect({ estimator, columns }).toEqual({ estimator: 'LinearRegression', columns: null });
    expect(takesNaN).toEqual(new Map([['X', [false, false]]]));
  });

  it('makes the same bytes of the same model', () => {
    expect(convertModel(regression(), null).onnx).toEqual(convertModel(regression(), null).onnx);
  });

  it('calculates in single precision where that is asked for', async () => {
    const { onnx } = convertModel(regression(), null, 'float');
    const { variable } = await runGraph(onnx, 1, { X: { reals: [0.1, 0.2] } });
    expect(variable?.[0]).not.toBeCloseTo(0.1, 9);
    expect(variable?.[0]).toBeCloseTo(0.1, 6);
  });

  it('keeps text labels and tells what it is made of', async () => {
    const scaler = object('sklearn.preprocessing._data.StandardScaler', {
      with_mean: true,
      with_std: true,
      mean_: doubles([1, 1]),
      scale_: doubles([2, 4]),
      n_features_in_: 2,
    });
    const classifier = object(LOGISTIC, {
      classes_: texts(['no', 'yes']),
      coef_: doubles([1, 1], [1, 2]),
      intercept_: doubles([0]),
    });
    const model = object(PIPELINE, { steps: list(list('scale', scaler), list('clf', classifier)) });
    const { onnx, estimator } = convertModel(model, null);
    const { label, probabilities } = await runGraph(onnx, 2, { X: { reals: [3, 5, -3, 1] } });
    expect(label).toEqual(['yes', 'no']);
    expect(probabilities?.[1]).toBeCloseTo(1 / (1 + Math.exp(-2)), 15);
    expect(estimator).toBe('Pipeline(StandardScaler, LogisticRegression)');
  });

  it('expects less of a model whose columns are all float32, but of trees', () => {
    const declared = ['a', 'b'].map((name) => column(name, 'float'));
    const { tolerance, notes } = convertModel(regression(), declared);
    expect(tolerance).toBe(1e-5);
    expect(notes).toEqual([expect.stringContaining('every column is float32')]);
    expect(convertModel(regression(), [column('a', 'float'), column('b')])).toMatchObject({
      tolerance: 1e-12,
      notes: [],
    });
  });

  describe('takes the columns', () => {
    const named = regression({ feature_names_in_: texts(['a', 'b']) });

    it('as one input where the signature has them in training order', () => {
      const { takesNaN, columns } = convertModel(named, [column('a'), column('b', 'long')]);
      expect([...takesNaN.keys()]).toEqual(['X']);
      expect(columns?.map(({ name }) => name)).toEqual(['a', 'b']);
    });

    it('one by one where it has them in another order, so that none is mistaken for another', async () => {
      const { onnx, takesNaN } = convertModel(named, [column('b'), column('a')]);
      expect([...takesNaN.keys()]).toEqual(['a', 'b']);
      const { variable } = await runGraph(onnx, 1, { a: { reals: [1] }, b: { reals: [10] } });
      expect(variable).toEqual([-27.5]);
    });

    it('and refuses a signature that lacks one', () => {
      expect(() => convertModel(named, [column('a'), column('c')])).toThrow(
        'the model was trained on a column "b" that the signature does not have',
      );
      expect(() => convertModel(regression(), [column('a')])).toThrow(
        'the signature has 1 columns, and the model was trained on 2',
      );
    });
  });

  describe('refuses', () => {
    it.each<readonly [string, StoredValue, string]>([
      [
        'a class that is not known',
        object('sklearn.magic.Guess'),
        'Guess (sklearn.magic.Guess) is not converted',
      ],
      ['a class with code of its own', object('shop.models.LinearRegression'), 'a class of its own code'],
      ['what is no estimator', 'text', 'the model is no estimator'],
      [
        'a model that was not fitted',
        object(LINEAR, {}),
        'has no attribute "coef_": it was saved before it was fitted, or by a version of its library that is not known here; fit it, and log it again',
      ],
      [
        'an array of another shape',
        regression({ coef_: doubles([1, 2, 3]) }),
        'coef_ is not an array of shape [2]',
      ],
      [
        'an array of something else',
        regression({ coef_: texts(['x', 'y']) }),
        'coef_: the elements are no numbers',
      ],
      [
        'too few classes',
        object(LOGISTIC, { n_features_in_: 1, classes_: integers([]) }),
        'classes_ is empty',
      ],
    ])('%s', (_, model, message) => {
      expect(() => convertModel(model, null)).toThrow(message);
    });

    it('texts where numbers belong, by the names of their columns alone', () => {
      const columns: MlModelColumn[] = [
        { kind: 'column', name: 'size', type: 'double', required: true },
        { kind: 'column', name: 'town', type: 'string', required: true },
      ];
      expect(() => convertModel(regression({}), columns)).toThrow(
        'columns of text reach a step that takes numbers (town); make them numbers before the model',
      );
    });

    it('a model that holds itself', () => {
      const model = object(PIPELINE, {});
      model.attributes.set('steps', list(list('again', model)));
      expect(() => convertModel(model, null)).toThrow('more than 50 levels deep');
    });

    it('parts that share a state twice at each of many levels', () => {
      let model: StoredValue = regression();
      for (let level = 0; level < 40; level += 1) {
        model = object(PIPELINE, { steps: list(list('a', model), list('b', model)) });
      }
      expect(() => convertModel(model, null)).toThrow(
        /where transform is called|more than 100000 estimators/,
      );
    });
  });
});
