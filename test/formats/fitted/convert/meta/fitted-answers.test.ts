import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object, texts } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

type Attributes = Readonly<Record<string, StoredValue>>;

/** An array of float32. */
function floats(values: readonly number[]): StoredValue {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const dtype = { letter: 'f', itemBytes: 4, littleEndian: true } as const;
  return { kind: 'array', dtype, shape: [values.length], bytes, isFortran: false };
}

function map(entries: Attributes = {}): StoredValue {
  return { kind: 'map', entries: new Map(Object.entries(entries)) };
}

function name(full: string): StoredValue {
  return { kind: 'name', name: full };
}

function logistic(classes: StoredValue = texts(['no', 'yes'])) {
  return object('sklearn.linear_model._logistic.LogisticRegression', {
    n_features_in_: 1,
    classes_: classes,
    coef_: doubles([1], [1, 1]),
    intercept_: doubles([0]),
  });
}

function regressor() {
  return object('sklearn.linear_model._base.LinearRegression', {
    n_features_in_: 1,
    coef_: doubles([1]),
    intercept_: 0,
  });
}

function calibrated(calibrators: readonly StoredValue[], classes: StoredValue = texts(['no', 'yes'])) {
  return object('sklearn.calibration.CalibratedClassifierCV', {
    n_features_in_: 1,
    classes_: classes,
    calibrated_classifiers_: list(
      object('sklearn.calibration._CalibratedClassifier', {
        estimator: logistic(),
        calibrators: list(...calibrators),
      }),
    ),
  });
}

function isotonic(attributes: Attributes = {}) {
  return object('sklearn.isotonic.IsotonicRegression', {
    out_of_bounds: 'clip',
    X_thresholds_: doubles([-1, 1]),
    y_thresholds_: doubles([0, 1]),
    ...attributes,
  });
}

function target(transformer: StoredValue) {
  return object('sklearn.compose._target.TransformedTargetRegressor', {
    regressor_: regressor(),
    transformer_: transformer,
  });
}

function dummy(attributes: Attributes) {
  return object('sklearn.dummy.DummyClassifier', {
    n_features_in_: 1,
    strategy: 'prior',
    n_outputs_: 1,
    classes_: texts(['a', 'b', 'c']),
    class_prior_: doubles([0.25, 0.5, 0.25]),
    ...attributes,
  });
}

function tuned(score: StoredValue, classes: StoredValue, options: StoredValue = map()) {
  return object('sklearn.model_selection._classification_threshold.TunedThresholdClassifierCV', {
    n_features_in_: 1,
    estimator_: logistic(classes),
    response_method: 'auto',
    best_threshold_: 0.9,
    _curve_scorer: object('sklearn.metrics._scorer._CurveScorer', { _kwargs: options, _score_func: score }),
  });
}

function fixed(attributes: Attributes) {
  return object('sklearn.model_selection._classification_threshold.FixedThresholdClassifier', {
    n_features_in_: 1,
    estimator_: logistic(),
    response_method: 'auto',
    threshold: 'auto',
    pos_label: null,
    ...attributes,
  });
}

async function answersOf(model: StoredValue, rows: readonly number[]) {
  return runGraph(convertModel(model, null).onnx, rows.length, { X: { reals: rows } });
}

const F1 = name('sklearn.metrics._classification.f1_score');

describe('CalibratedClassifierCV', () => {
  it('interpolates between the knots of an isotonic calibration and is constant beyond', async () => {
    const { probabilities } = await answersOf(calibrated([isotonic()]), [0, 0.5, -9, 9]);
    expect(probabilities).toEqual([0.5, 0.5, 0.25, 0.75, 1, 0, 0, 1]);
  });

  it('tempers the score of two classes as its negative beside it', async () => {
    const temperature = object('sklearn.calibration._TemperatureScaling', { beta_: 0.5 });
    const { probabilities } = await answersOf(calibrated([temperature]), [3]);
    expect(probabilities?.[1]).toBeCloseTo(1 / (1 + Math.exp(-3)), 15);
  });
});

describe('IsotonicRegression', () => {
  it('rounds at every step where it was fitted in single precision, and says so', async () => {
    const model = isotonic({
      n_features_in_: 1,
      X_thresholds_: floats([0, 3]),
      y_thresholds_: floats([0, 1]),
    });
    const { variable } = await answersOf(model, [0.1, 9]);
    expect(variable).toEqual([
      Math.fround(Math.fround(1 / 3) * Math.fround(0.1)),
      Math.fround(3 * Math.fround(1 / 3)),
    ]);
    const { tolerance, notes } = convertModel(model, null);
    expect({ tolerance, notes }).toEqual({
      tolerance: 1e-6,
      notes: ['IsotonicRegression was fitted in single precision, and rounds so'],
    });
  });
});

describe('thresholds', () => {
  it('take the label that the tuned score asks about', async () => {
    const { label } = await answersOf(tuned(F1, integers([1, 2])), [-3, 3, 0]);
    // Label 1 is the first class: it holds from a probability of 0.9 on.
    expect(label).toEqual([1n, 2n, 2n]);
  });

  it('take the label that the scorer was given', async () => {
    const options = map({ pos_label: 'no' });
    const { label } = await answersOf(tuned(F1, texts(['no', 'yes']), options), [-3, 3, 0]);
    expect(label).toEqual(['no', 'yes', 'yes']);
  });

  it('take the second class for a score of both', async () => {
    const accuracy = name('sklearn.metrics._classification.balanced_accuracy_score');
    const { label } = await answersOf(tuned(accuracy, integers([1, 2])), [-3, 3, 0]);
    expect(label).toEqual([1n, 2n, 1n]);
  });

  it('are reached by a score that equals them', async () => {
    expect((await answersOf(fixed({}), [0])).label).toEqual(['yes']);
    const first = fixed({ threshold: 0, pos_label: 'no', response_method: 'decision_function' });
    expect((await answersOf(first, [0, 1, -1])).label).toEqual(['no', 'yes', 'no']);
  });
});

describe('DummyClassifier', () => {
  it('says the same of every row, whatever is in it', async () => {
    const { onnx, takesNaN } = convertModel(dummy({}), null);
    const { label, probabilities } = await runGraph(onnx, 2, { X: { reals: [Number.NaN, 1] } });
    expect({ label, probabilities }).toEqual({
      label: ['b', 'b'],
      probabilities: [0.25, 0.5, 0.25, 0.25, 0.5, 0.25],
    });
    expect([...takesNaN.values()]).toEqual([[true]]);
  });
});

describe('TransformedTargetRegressor', () => {
  it('transforms back in the reverse order of the steps', async () => {
    const scaler = object('sklearn.preprocessing._data.MaxAbsScaler', { scale_: doubles([2]) });
    const logarithm = object('sklearn.preprocessing._function_transformer.FunctionTransformer', {
      inverse_func: name('numpy.exp'),
      inv_kw_args: null,
    });
    const steps = object('sklearn.pipeline.Pipeline', {
      steps: list(list('log', logarithm), list('scale', scaler)),
    });
    const { variable } = await answersOf(target(steps), [0.5]);
    expect(variable?.[0]).toBeCloseTo(Math.E, 15);
  });
});

describe('compositions are refused with', () => {
  it.each<[string, StoredValue, string]>([
    [
      'a calibrator of its own code',
      calibrated([object('shop.Calibrator')]),
      'Calibrator at calibrated_classifiers_[0].calibrators[0] is no calibrator that is known here',
    ],
    [
      'more calibrators than scores',
      calibrated([isotonic(), isotonic()]),
      'gives 1 scores of 2 classes for 2 calibrators and 2 classes',
    ],
    [
      'a temperature of other classes',
      calibrated([object('sklearn.calibration._TemperatureScaling', { beta_: 1 })], texts(['a', 'b', 'c'])),
      'has other classes than the estimator that calibrates its temperature',
    ],
    [
      'no calibrated classifiers',
      object('sklearn.calibration.CalibratedClassifierCV', {
        classes_: texts(['a', 'b']),
        calibrated_classifiers_: list(),
      }),
      'CalibratedClassifierCV has no calibrated classifiers',
    ],
    [
      'labels that are drawn',
      dummy({ strategy: 'stratified' }),
      'DummyClassifier has strategy="stratified", with which it draws its labels at random',
    ],
    [
      'a constant that is no label',
      dummy({ strategy: 'constant', constant: 'd' }),
      'constant is none of the labels',
    ],
    ['a sparse target', dummy({ sparse_output_: true }), 'DummyClassifier was fitted on a sparse target'],
    [
      'a tuned score of its own code',
      tuned(name('shop.profit'), texts(['a', 'b'])),
      'fix the threshold with FixedThresholdClassifier',
    ],
    ['a threshold of a label that is none', fixed({ pos_label: 'maybe' }), 'pos_label is none of the labels'],
    [
      'a threshold of three classes',
      fixed({ estimator_: dummy({}) }),
      'DummyClassifier at estimator_ has not two classes, which a threshold needs',
    ],
    [
      'a target transformed by code of its own',
      target(object('shop.Transformer')),
      'Transformer at transformer_ transforms the target, and its inverse is not converted',
    ],
    [
      'a target transformed back by a function of its own',
      target(
        object('sklearn.preprocessing._function_transformer.FunctionTransformer', {
          inverse_func: name('__main__.back'),
        }),
      ),
      'transformer_.inverse_func is __main__.back, and functions are never executed',
    ],
    [
      'a target transformed back with arguments of its own',
      target(
        object('sklearn.preprocessing._function_transformer.FunctionTransformer', {
          inverse_func: name('numpy.exp'),
          inv_kw_args: map({ base: 2 }),
        }),
      ),
      'numpy.exp with arguments of its own (inv_kw_args)',
    ],
    [
      'a target transformed to a distribution that is none',
      target(object('sklearn.preprocessing._data.QuantileTransformer', { output_distribution: 'flat' })),
      'QuantileTransformer at transformer_ has output_distribution="flat"',
    ],
    [
      'a classifier of a transformed target',
      object('sklearn.compose._target.TransformedTargetRegressor', { regressor_: logistic() }),
      'LogisticRegression at regressor_ is used where a regressor is needed',
    ],
    ['a target of steps in steps without an end', target(endless()), 'Pipeline at transformer_.steps[0]'],
  ])('%s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});

function endless(): StoredValue {
  const pipeline = object('sklearn.pipeline.Pipeline', {});
  pipeline.attributes.set('steps', list(list('again', pipeline)));
  return pipeline;
}
