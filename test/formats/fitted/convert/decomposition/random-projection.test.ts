import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

/** Rows [0, 5] and [3, 0]; the 5 in two parts. */
function projection(attributes: Readonly<Record<string, StoredValue>> = {}, type = 'csr_matrix') {
  return object('sklearn.random_projection.SparseRandomProjection', {
    n_features_in_: 2,
    components_: object(`scipy.sparse._csr.${type}`, {
      _shape: list(2, 2),
      data: doubles([2, 3, 3]),
      indices: integers([1, 1, 0]),
      indptr: integers([0, 2, 3]),
      ...attributes,
    }),
  });
}

describe('random projections', () => {
  it.each(familyFixtures('projections'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, outputs } = await compareFixture('projections', name);
    expect(outputs).toEqual(['variable']);
    expect(worst).toBeLessThan(1e-13);
  });

  it.each(['csr_matrix', 'csr_array'])('add up what a %s has twice', async (type) => {
    const { onnx } = convertModel(projection({}, type), null);
    expect(await runGraph(onnx, 1, { X: { reals: [10, 1] } })).toEqual({ variable: [5, 30] });
  });

  it.each<[string, Record<string, StoredValue>]>([
    ['columns beyond', { indices: integers([1, 2, 0]) }],
    ['columns below', { indices: integers([1, -1, 0]) }],
    ['columns between', { indices: doubles([1, 0.5, 0]) }],
    ['rows that run back', { indptr: integers([0, 4, 3]) }],
    ['too few rows', { indptr: integers([0, 3]) }],
    ['another width', { _shape: list(2, 3) }],
  ])('are refused with %s', (_, attributes) => {
    expect(() => convertModel(projection(attributes), null)).toThrow(
      'csr_matrix at components_ has positions that are none of its shape',
    );
  });

  it('are refused with another sparse format', () => {
    expect(() => convertModel(projection({}, 'csc_matrix'), null)).toThrow(
      'components_ is sparse (scipy.sparse._csr.csc_matrix), and only rows (csr) are read; export the model',
    );
  });

  it('are refused where the matrix would be huge in full', () => {
    const model = object('sklearn.random_projection.SparseRandomProjection', {
      n_features_in_: 200_000,
      components_: object('scipy.sparse._csr.csr_matrix', {
        _shape: list(200, 200_000),
        data: doubles([]),
        indices: integers([]),
        indptr: integers(new Array(201).fill(0)),
      }),
    });
    expect(() => convertModel(model, null)).toThrow('would need a table of 40000000 numbers');
  });
});
