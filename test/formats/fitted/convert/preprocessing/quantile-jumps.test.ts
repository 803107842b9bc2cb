import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, list, object } from '../../build-stored.ts';

function quantiles(values: readonly number[]): StoredValue {
  return object('sklearn.preprocessing._data.QuantileTransformer', {
    output_distribution: 'uniform',
    quantiles_: doubles(values, [values.length, 1]),
    references_: doubles(values.map((_, at) => at / (values.length - 1))),
    n_features_in_: 1,
  });
}

const LOGARITHM = object('sklearn.preprocessing._function_transformer.FunctionTransformer', {
  func: { kind: 'name', name: 'numpy.log1p' },
  validate: false,
  n_features_in_: 1,
});

function notesOf(...steps: StoredValue[]): readonly string[] {
  const named = steps.map((step, at) => list(`step${at}`, step));
  return convertModel(object('sklearn.pipeline.Pipeline', { steps: list(...named) }), null).notes;
}

describe('a QuantileTransformer after a step whose last bit is in doubt', () => {
  it('is told of where a quantile was the value of many rows', () => {
    expect(notesOf(LOGARITHM, quantiles([0, 1, 1, 2]))).toEqual([
      expect.stringContaining(
        'QuantileTransformer at steps[1][1] decides by values that an earlier step calculates',
      ),
    ]);
  });

  it('is not told of where all quantiles differ, nor where its values come as they are', () => {
    expect(notesOf(LOGARITHM, quantiles([0, 1, 1.5, 2]))).toEqual([]);
    expect(notesOf(quantiles([0, 1, 1, 2]))).toEqual([]);
  });
});
