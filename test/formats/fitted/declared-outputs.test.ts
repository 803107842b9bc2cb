import { describe, expect, it } from 'vitest';
import { contradictionOf } from '../../../src/formats/fitted/declared-outputs.ts';
import type { MlModel } from '../../../src/model/ml-model.ts';
import type { Signature } from '../../../src/model/signature.ts';

const signature: Signature = {
  inputs: [{ name: 'X', type: 'float64', shape: [-1, 4] }],
  outputs: [
    { name: 'label', type: 'int64', shape: [-1] },
    { name: 'probabilities', type: 'float64', shape: [-1, 3] },
  ],
  columns: [],
  variableWidth: false,
  fixedRows: null,
  task: {
    kind: 'classifier',
    labelOutput: 0,
    scoresOutput: 1,
    labels: [0n, 1n, 2n],
    scores: 'probabilities',
  },
  source: 'mlmodel',
};
const tensor = (dtype: string): MlModel['outputs'] => [{ kind: 'tensor', name: null, dtype, shape: [-1] }];
const column = (type: string): MlModel['outputs'] => [{ kind: 'column', name: null, type, required: true }];

describe('contradictionOf', () => {
  it.each([
    ['nothing', null],
    ['an empty list', []],
    ['numpy’s integers', tensor('int64')],
    ['MLflow’s integers', column('long')],
    ['a type that says nothing', tensor('object')],
    ['several kinds', [...(tensor('int64') ?? []), ...(tensor('float64') ?? [])]],
  ])('finds none where the signature says %s of integer labels', (_, declared) => {
    expect(contradictionOf(declared, signature, 'predictions')).toBeNull();
  });

  it.each([
    ['float64', 'numbers with a fraction'],
    ['<U10', 'texts'],
    ['bool', 'booleans'],
  ])('finds one where it says %s', (dtype, kind) => {
    expect(contradictionOf(tensor(dtype), signature, 'predictions')).toContain(
      `the signature says that the model answers ${kind}, and the converted graph answers integers`,
    );
  });

  it('asks of the output that /invocations answers', () => {
    expect(contradictionOf(tensor('float64'), signature, { output: 'probabilities' })).toBeNull();
    expect(contradictionOf(tensor('int64'), signature, { output: 'probabilities' })).toContain(
      'the converted graph answers numbers with a fraction',
    );
  });
});
