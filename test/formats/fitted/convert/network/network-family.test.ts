import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

function classifier(attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object('sklearn.neural_network._multilayer_perceptron.MLPClassifier', {
    n_features_in_: 1,
    activation: 'relu',
    out_activation_: 'logistic',
    coefs_: list(doubles([1], [1, 1])),
    intercepts_: list(doubles([0])),
    _label_binarizer: object('sklearn.preprocessing._label.LabelBinarizer', {
      y_type_: 'binary',
      classes_: integers([3, 4]),
    }),
    ...attributes,
  });
}

describe('neural networks', () => {
  it.each(familyFixtures('network'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('network', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(1e-13);
  });

  it('give an even chance to the first class', async () => {
    const { label } = await runGraph(convertModel(classifier(), null).onnx, 2, { X: { reals: [0, 1] } });
    expect(label).toEqual([3n, 4n]);
  });

  it.each<[string, StoredValue, string]>([
    ['an unknown activation', classifier({ activation: 'swish' }), 'has the unknown activation "swish"'],
    [
      'layers that do not fit',
      classifier({
        coefs_: list(doubles([1, 1], [1, 2]), doubles([1], [1, 1])),
        intercepts_: list(doubles([0, 0]), doubles([0])),
      }),
      'coefs_[1] is not an array of shape [2, ?]',
    ],
    ['no layer', classifier({ coefs_: list() }), 'has 0 layers of weights and 1 of intercepts'],
    [
      'outputs for other classes',
      classifier({ coefs_: list(doubles([1, 1], [1, 2])), intercepts_: list(doubles([0, 0])) }),
      'MLPClassifier has 2 outputs for 2 classes',
    ],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
