import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { booleans, doubles, integers, list, object, texts } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

type Attributes = Readonly<Record<string, StoredValue>>;

function perceptron(weights: readonly number[], classes: StoredValue = integers([0, 1])) {
  return object('sklearn.linear_model._perceptron.Perceptron', {
    n_features_in_: weights.length,
    classes_: classes,
    coef_: doubles(weights, [1, weights.length]),
    intercept_: doubles([0]),
  });
}

function regressor(weights: readonly number[]) {
  return object('sklearn.linear_model._base.LinearRegression', {
    n_features_in_: weights.length,
    coef_: doubles(weights),
    intercept_: 0,
  });
}

function constant(value: number) {
  return object('sklearn.multiclass._ConstantPredictor', { y_: integers([value]) });
}

function oneVsRest(parts: readonly StoredValue[], kind: string, classes: StoredValue, version = '1.9.1') {
  return object('sklearn.multiclass.OneVsRestClassifier', {
    _sklearn_version: version,
    estimators_: list(...parts),
    label_binarizer_: object('sklearn.preprocessing._label.LabelBinarizer', {
      y_type_: kind,
      classes_: classes,
    }),
  });
}

function oneVsOne(parts: readonly StoredValue[], attributes: Attributes = {}) {
  return object('sklearn.multiclass.OneVsOneClassifier', {
    n_features_in_: 1,
    classes_: texts(['a', 'b', 'c']),
    estimators_: list(...parts),
    pairwise_indices_: null,
    ...attributes,
  });
}

function chain(parts: readonly StoredValue[], order: StoredValue, attributes: Attributes = {}) {
  return object('sklearn.multioutput.ClassifierChain', {
    n_features_in_: 1,
    estimators_: list(...parts),
    order_: order,
    ...attributes,
  });
}

async function labelsOf(model: StoredValue, rows: readonly number[]) {
  return (await runGraph(convertModel(model, null).onnx, rows.length, { X: { reals: rows } })).label;
}

describe('OneVsRestClassifier', () => {
  const three = [perceptron([1]), perceptron([1]), perceptron([-1])];

  it('gives equal scores to the first class since scikit-learn 1.8, to the last before', async () => {
    const classes = texts(['a', 'b', 'c']);
    const of = (version: string) => labelsOf(oneVsRest(three, 'multiclass', classes, version), [2, -2]);
    expect(await of('1.8.0')).toEqual(['a', 'c']);
    expect(await of('1.7.2')).toEqual(['b', 'c']);
  });

  it('takes the threshold of its first part, to which a constant is no classifier', async () => {
    const rows = [0.3, 0.7];
    const labels = integers([0, 1]);
    expect(
      await labelsOf(oneVsRest([perceptron([1]), constant(1)], 'multilabel-indicator', labels), rows),
    ).toEqual([1n, 1n, 1n, 1n]);
    expect(
      await labelsOf(oneVsRest([constant(0), perceptron([1])], 'multilabel-indicator', labels), rows),
    ).toEqual([0n, 0n, 0n, 1n]);
  });

  it('asks a regressor for more than a half', async () => {
    const model = oneVsRest([regressor([1])], 'binary', booleans([false, true]));
    expect(await labelsOf(model, [0.4, 0.6])).toEqual([0, 1]);
  });

  it.each<[string, StoredValue, string]>([
    [
      'fewer estimators than classes',
      oneVsRest([perceptron([1]), perceptron([1])], 'multiclass', texts(['a', 'b', 'c'])),
      'OneVsRestClassifier has 2 estimators for 3 classes',
    ],
    ['one class', oneVsRest([perceptron([1])], 'binary', texts(['a'])), 'was fitted on one class only'],
    [
      'a part of several classes',
      oneVsRest([perceptron([1], integers([0]))], 'multilabel-indicator', integers([0])),
      'Perceptron at estimators_[0]',
    ],
    [
      'a constant that is no label',
      oneVsRest([constant(7)], 'multilabel-indicator', integers([0])),
      'y_ is neither 0 nor 1',
    ],
  ])('is refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});

describe('OneVsOneClassifier', () => {
  it('lets the scores decide between classes with as many votes', async () => {
    // Pairs a-b, a-c, b-c: a beats b, c beats a, b beats c; the scores then differ by row.
    const model = oneVsOne([perceptron([-1]), perceptron([2]), perceptron([-4])]);
    expect(await labelsOf(model, [1, -1])).toEqual(['b', 'c']);
  });

  it.each<[string, StoredValue, string]>([
    [
      'fewer estimators than pairs',
      oneVsOne([perceptron([1])]),
      'OneVsOneClassifier has 1 estimators for the pairs of 3 classes',
    ],
    [
      'columns of a precomputed kernel',
      oneVsOne([perceptron([1])], { pairwise_indices_: list(integers([0])) }),
      'OneVsOneClassifier works on a precomputed kernel',
    ],
    [
      'more classes than anyone pairs',
      oneVsOne([perceptron([1])], { classes_: integers(Array.from({ length: 151 }, (_, at) => at)) }),
      'OneVsOneClassifier pairs 151 classes, and more than 150 are not served',
    ],
  ])('is refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});

describe('ClassifierChain', () => {
  it('gives each link what the ones before it said, and answers in the order of the targets', async () => {
    // The first link is of the second target; the other sees x and its label.
    const model = chain([perceptron([1]), perceptron([0, -1])], integers([1, 0]));
    expect(await labelsOf(model, [2, -2])).toEqual([0n, 1n, 0n, 0n]);
  });

  it('passes decisions on where it was fitted so', async () => {
    const model = chain([perceptron([1]), perceptron([0, -1])], integers([0, 1]), {
      chain_method_: 'decision_function',
    });
    expect(await labelsOf(model, [2, -2])).toEqual([1n, 0n, 0n, 1n]);
  });

  it('refuses NaN as the library does, whatever its parts do', () => {
    const dummy = object('sklearn.dummy.DummyClassifier', {
      strategy: 'prior',
      n_outputs_: 1,
      classes_: integers([0, 1]),
      class_prior_: doubles([0.5, 0.5]),
    });
    const { takesNaN } = convertModel(chain([dummy], integers([0])), null);
    expect([...takesNaN.values()]).toEqual([[false]]);
  });

  it.each<[string, StoredValue, string]>([
    ['an order that is none', chain([perceptron([1])], integers([1])), 'order_ is no order of 1 targets'],
    [
      'labels of text',
      chain([perceptron([1], texts(['a', 'b'])), perceptron([1, 1])], integers([0, 1])),
      'the labels of Perceptron at estimators_[0] are used as numbers, and they are texts',
    ],
    [
      'a method that its parts lack',
      chain([perceptron([1]), perceptron([1, 1])], integers([0, 1]), { chain_method_: 'predict_proba' }),
      'Perceptron at estimators_[0] has no predict_proba',
    ],
    [
      'more links than anyone fits',
      chain(new Array(1001).fill(perceptron([1])), integers([0])),
      'ClassifierChain has 1001 targets, and more than 1000 are not served',
    ],
  ])('is refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});

describe('OutputCodeClassifier', () => {
  it('is refused with a book of another size', () => {
    const model = object('sklearn.multiclass.OutputCodeClassifier', {
      n_features_in_: 1,
      classes_: texts(['a', 'b']),
      estimators_: list(perceptron([1])),
      code_book_: doubles([1, 0, 0, 1], [2, 2]),
    });
    expect(() => convertModel(model, null)).toThrow('code_book_ is not an array of shape [2, 1]');
  });
});
