import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, convertFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

describe('naive Bayes', () => {
  it.each(familyFixtures('bayes'))('answers as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('bayes', name);
    expect({ wrongLabels, outputs }).toEqual({ wrongLabels: 0, outputs: ['label', 'probabilities'] });
    expect(worst).toBeLessThan(1e-13);
  });

  it.each([10, -1])('fails on the category %s that it was not trained on', async (category) => {
    const { onnx } = convertFixture('bayes', 'categorical.1.9');
    await expect(runGraph(onnx, 1, { X: { reals: [0, 0, category, 0] } })).rejects.toThrow();
  });

  it('is refused without smoothing, where scikit-learn answers NaN', () => {
    const model = object('sklearn.naive_bayes.MultinomialNB', {
      n_features_in_: 1,
      classes_: integers([0, 1]),
      feature_log_prob_: doubles([0, Number.NEGATIVE_INFINITY], [2, 1]),
      class_log_prior_: doubles([0, 0]),
    });
    expect(() => convertModel(model, null)).toThrow('MultinomialNB was fitted without smoothing');
  });

  it('is refused with probabilities of other columns', () => {
    const model = object('sklearn.naive_bayes.CategoricalNB', {
      n_features_in_: 2,
      classes_: integers([0, 1]),
      feature_log_prob_: list(doubles([0, 0], [2, 1])),
      class_log_prior_: doubles([0, 0]),
    });
    expect(() => convertModel(model, null)).toThrow('probabilities for 1 columns, and there are 2');
  });

  it('expects less where constants were calculated in single precision', () => {
    const single = (values: readonly number[]) => ({
      ...doubles(values, [1, values.length]),
      dtype: { letter: 'f', itemBytes: 4, littleEndian: true } as const,
      bytes: new Uint8Array(Float32Array.from(values).buffer),
    });
    const gaussian = (isSingle: boolean) =>
      object('sklearn.naive_bayes.GaussianNB', {
        n_features_in_: 1,
        classes_: integers([0]),
        theta_: isSingle ? single([0]) : doubles([0], [1, 1]),
        var_: isSingle ? single([1]) : doubles([1], [1, 1]),
        class_prior_: doubles([1]),
      });
    expect(convertModel(gaussian(false), null).tolerance).toBe(1e-12);
    const { tolerance, notes } = convertModel(gaussian(true), null);
    expect(tolerance).toBeCloseTo(2 ** -20 * 0.5 * Math.log(2 * Math.PI), 12);
    expect(notes[0]).toContain('GaussianNB was trained on float32');
  });
});
