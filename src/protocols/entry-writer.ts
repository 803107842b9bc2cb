import type { InvocationsForm } from '../model/invocations-form.ts';
import type { Signature } from '../model/signature.ts';
import type { TensorWriter } from './tensor-writer.ts';

/** Outputs that an answer shows for each row, in order. */
export interface ShownOutputs {
  /** Indices into `Signature.outputs`. */
  readonly outputs: readonly number[];
  /** Each under its name, in an object. */
  readonly named: boolean;
}

/**
 * What `/invocations` tells of a row (contract 4.2): all outputs as a record, or the prediction: the label of a
 * classifier, the number or numbers of a regressor, the labels of a multi-label model. Where a graph is none of these,
 * its only output is the prediction; several are a record all the same.
 */
export function shownOutputs({ task, outputs }: Signature, form: InvocationsForm): ShownOutputs {
  const all = { outputs: outputs.map((_, index) => index), named: true };
  if (form === 'records') return all;
  if (form !== 'predictions') {
    const output = outputs.findIndex(({ name }) => name === form.output);
    if (output >= 0) return { outputs: [output], named: false };
  }
  switch (task.kind) {
    case 'classifier':
      return { outputs: [task.labelOutput], named: false };
    case 'multi-label':
      return { outputs: task.labelOutputs, named: false };
    case 'regressor':
      return { outputs: [task.output], named: false };
    case 'other':
      return outputs.length === 1 ? { outputs: [0], named: false } : all;
  }
}

/** The function that writes the entry of one row as JSON. */
export function entryWriter(
  shown: ShownOutputs,
  signature: Signature,
  writerOf: (output: number) => TensorWriter,
): (row: number) => string {
  const values = shown.outputs.map((output) => valueWriter(writerOf(output)));
  if (!shown.named) {
    const [only] = values;
    if (values.length === 1) return only!;
    return (row) => `[${values.map((value) => value(row)).join(',')}]`;
  }
  const keys = shown.outputs.map((output) => `${JSON.stringify(signature.outputs[output]!.name)}:`);
  return (row) => `{${values.map((value, index) => keys[index]! + value(row)).join(',')}}`;
}

/** One value a row is written without a list around it, as MLflow flattens `[rows, 1]`. */
function valueWriter(writer: TensorWriter): (row: number) => string {
  return writer.width === 1 ? (row) => writer.element(row) : (row) => writer.nested(row);
}
