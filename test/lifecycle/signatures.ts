import type { InputColumn, Signature } from '../../src/model/signature.ts';

/** Named columns of doubles over one float32 input, and one float32 output: a regressor. */
export function signatureOf(...names: string[]): Signature {
  return {
    inputs: [{ name: 'x', type: 'float32', shape: [-1, names.length] }],
    outputs: [{ name: 'y', type: 'float32', shape: [-1, 1] }],
    columns: names.map(columnOf),
    variableWidth: false,
    fixedRows: null,
    task: { kind: 'regressor', output: 0 },
    source: 'mlmodel',
  };
}

function columnOf(name: string, offset: number): InputColumn {
  return { name, type: 'double', input: 0, offset, cellShape: [], required: true, takesNaN: true };
}
