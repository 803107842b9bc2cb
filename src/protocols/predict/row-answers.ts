import { GatewayError } from '../../errors.ts';
import type { ClassLabel, Signature, Task } from '../../model/signature.ts';
import type { TensorWriter } from '../tensor-writer.ts';

/** Gives the writer of an output by its index in `Signature.outputs`. */
export type WriterOf = (output: number) => TensorWriter;

/**
 * The function that writes the answer of one row, a JSON object, in the shape that the model's task has in contract
 * section 5.
 *
 * @throws GatewayError INFERENCE_FAILED if an output does not fit the signature.
 */
export function rowAnswers(
  signature: Signature,
  writerOf: WriterOf,
  allProbabilities: boolean,
): (row: number) => string {
  const { task } = signature;
  switch (task.kind) {
    case 'classifier':
      return classifierAnswers(task, writerOf, allProbabilities);
    case 'multi-label': {
      const labels = task.labelOutputs.map(writerOf);
      return (row) => `{"prediction":[${labels.map((writer) => writer.elements(row)).join(',')}]}`;
    }
    case 'regressor': {
      const targets = writerOf(task.output);
      if (targets.width === 1) return (row) => `{"prediction":${targets.element(row)}}`;
      return (row) => `{"prediction":[${targets.elements(row)}]}`;
    }
    case 'other': {
      const outputs = signature.outputs.map(({ name }, output) => ({
        key: `${JSON.stringify(name)}:`,
        writer: writerOf(output),
      }));
      return (row) =>
        `{"prediction":{${outputs.map(({ key, writer }) => key + writer.nested(row)).join(',')}}}`;
    }
  }
}

type Classifier = Extract<Task, { kind: 'classifier' }>;

function classifierAnswers(
  task: Classifier,
  writerOf: WriterOf,
  allProbabilities: boolean,
): (row: number) => string {
  const label = writerOf(task.labelOutput);
  if (label.width !== 1) throw misfit(`gives ${label.width} labels a row instead of one`);
  if (task.scores !== 'probabilities' || task.scoresOutput === null)
    return (row) => `{"prediction":${label.element(row)}}`;
  const scores = writerOf(task.scoresOutput);
  const answer = (row: number) => `{"prediction":${label.element(row)},"probability":${scores.greatest(row)}`;
  if (!allProbabilities) return (row) => `${answer(row)}}`;
  if (task.labels === null) return (row) => `${answer(row)},"probabilities":[${scores.elements(row)}]}`;
  if (task.labels.length !== scores.width) {
    throw misfit(`gives ${scores.width} probabilities a row for ${task.labels.length} classes`);
  }
  const keys = task.labels.map((name: ClassLabel) => `${JSON.stringify(String(name))}:`);
  return (row) => {
    const first = row * scores.width;
    const entries = keys.map((key, index) => key + scores.element(first + index));
    return `${answer(row)},"probabilities":{${entries.join(',')}}}`;
  };
}

function misfit(what: string): GatewayError {
  return new GatewayError('INFERENCE_FAILED', `the model ${what}`);
}
