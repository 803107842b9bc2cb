import type { InputColumn, Signature } from '../../../src/model/signature.ts';

function column(name: string, type: InputColumn['type'], input: number, offset = 0): InputColumn {
  const takesNaN = type === 'double';
  return { name, type, input, offset, cellShape: [], required: true, takesNaN };
}

/** Two doubles in one input: the fast path of decoding, and NaN for null. */
export const NUMBERS: Signature = {
  inputs: [{ name: 'X', type: 'float32', shape: [-1, 2] }],
  outputs: [
    { name: 'label', type: 'int64', shape: [-1] },
    { name: 'probabilities', type: 'float32', shape: [-1, 2] },
  ],
  columns: [column('width', 'double', 0, 0), column('length', 'double', 0, 1)],
  variableWidth: false,
  fixedRows: null,
  task: {
    kind: 'classifier',
    labelOutput: 0,
    scoresOutput: 1,
    labels: [-7n, 9_007_199_254_740_993n],
    scores: 'probabilities',
  },
  source: 'mlmodel',
};

/** A 64-bit integer and a text, each an input of its own. */
export const TABLE: Signature = {
  inputs: [
    { name: 'id', type: 'int64', shape: [-1, 1] },
    { name: 'town', type: 'string', shape: [-1, 1] },
  ],
  outputs: [
    { name: 'id', type: 'int64', shape: [-1, 1] },
    { name: 'town', type: 'string', shape: [-1, 1] },
    { name: 'half', type: 'float16', shape: [-1, 2] },
  ],
  columns: [column('id', 'long', 0), column('town', 'string', 1)],
  variableWidth: false,
  fixedRows: null,
  task: { kind: 'other' },
  source: 'mlmodel',
};
