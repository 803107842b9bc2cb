import type { ColumnType, InputColumn, Signature, Task } from '../../src/model/signature.ts';
import type { TensorSpec, TensorType } from '../../src/model/tensor.ts';

/** A column of a sample; what is left out is a plain required `double`. */
export type SampleColumn = Partial<InputColumn> & { readonly name: string | null };

export function column(
  name: string | null,
  type: ColumnType = 'double',
  more: Partial<InputColumn> = {},
): SampleColumn {
  return { name, type, ...more };
}

/** All columns side by side in one input `X`. */
export function matrixSignature(
  type: TensorType,
  columns: readonly SampleColumn[],
  more: Partial<Signature> = {},
): Signature {
  return {
    inputs: [{ name: 'X', type, shape: [-1, columns.length] }],
    ...complete(columns.map((sample, offset) => ({ input: 0, offset, ...sample }))),
    ...more,
  };
}

/** One input `[rows, 1]` (or `[rows, …cellShape]`) for each column. */
export function columnarSignature(
  columns: readonly (SampleColumn & { readonly tensor: TensorType })[],
  more: Partial<Signature> = {},
): Signature {
  const inputs: TensorSpec[] = columns.map(({ name, tensor, cellShape }, index) => ({
    name: name ?? `input_${index}`,
    type: tensor,
    shape: [-1, ...(cellShape ?? [1])],
  }));
  return {
    inputs,
    ...complete(columns.map(({ tensor: _, ...sample }, input) => ({ input, offset: 0, ...sample }))),
    ...more,
  };
}

function complete(columns: readonly SampleColumn[]): Omit<Signature, 'inputs'> {
  return {
    outputs: [{ name: 'variable', type: 'float32', shape: [-1, 1] }],
    columns: columns.map((sample) => ({
      type: 'double',
      input: 0,
      offset: 0,
      cellShape: [],
      required: true,
      takesNaN: false,
      ...sample,
    })),
    variableWidth: false,
    fixedRows: null,
    task: { kind: 'regressor', output: 0 },
    source: 'mlmodel',
  };
}

/** One input `[rows, any width]`. */
export function variableSignature(type: TensorType = 'float32'): Signature {
  return {
    ...complete([]),
    inputs: [{ name: 'X', type, shape: [-1, -1] }],
    variableWidth: true,
    source: 'graph',
  };
}

/** The same inputs with a classifier's outputs. */
export function classifier(
  signature: Signature,
  labelType: TensorType,
  task: Partial<Extract<Task, { kind: 'classifier' }>> = {},
): Signature {
  const labels = task.labels === undefined ? [0n, 1n] : task.labels;
  return {
    ...signature,
    outputs: [
      { name: 'label', type: labelType, shape: [-1] },
      { name: 'probabilities', type: 'float32', shape: [-1, labels?.length ?? -1] },
    ],
    task: { kind: 'classifier', labelOutput: 0, scoresOutput: 1, scores: 'probabilities', ...task, labels },
  };
}
