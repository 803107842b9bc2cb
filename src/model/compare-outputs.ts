import { showName } from './shown-name.ts';
import type { ClassLabel, Signature, Task } from './signature.ts';
import type { TensorSpec, TensorType } from './tensor.ts';

/**
 * A sentence for each way in which the answers of `next` have another form than those of `current`: outputs by name,
 * type and shape; task; type of the labels. Which labels there are, and how many, may change: a model that is trained
 * again may know a new class.
 */
export function compareOutputs(current: Signature, next: Signature): readonly string[] {
  const problems: string[] = [];
  const nextByName = new Map(next.outputs.map((output) => [output.name, output]));
  for (const output of current.outputs) {
    const counterpart = nextByName.get(output.name);
    const label = `output "${showName(output.name)}"`;
    if (counterpart === undefined) problems.push(`${label} is gone`);
    else problems.push(...compareOutput(output, counterpart, label, isScores(current, output)));
    nextByName.delete(output.name);
  }
  for (const name of nextByName.keys()) problems.push(`output "${showName(name)}" is new`);
  return [...problems, ...compareTasks(current, next)];
}

function isScores({ task, outputs }: Signature, output: TensorSpec): boolean {
  return task.kind === 'classifier' && task.scoresOutput !== null && outputs[task.scoresOutput] === output;
}

function compareOutput(
  current: TensorSpec,
  next: TensorSpec,
  label: string,
  mayGainClasses: boolean,
): string[] {
  const problems: string[] = [];
  if (current.type !== next.type) {
    problems.push(`${label} is ${next.type}, in the current version ${current.type}`);
  }
  const isSameShape =
    current.shape.length === next.shape.length &&
    current.shape.every((dim, axis) => {
      const other = next.shape[axis]!;
      return axis === 0 || dim === other || dim < 0 || other < 0 || (axis === 1 && mayGainClasses);
    });
  if (!isSameShape) {
    const [after, before] = [next.shape.join(', '), current.shape.join(', ')];
    problems.push(`${label} has the shape [${after}], in the current version [${before}]`);
  }
  return problems;
}

function compareTasks(current: Signature, next: Signature): string[] {
  const [before, after] = [current.task, next.task];
  if (before.kind !== after.kind)
    return [`it is ${taskName(after)}, the current version ${taskName(before)}`];
  if (before.kind === 'classifier' && after.kind === 'classifier') {
    return compareClassifiers(before, after, current, next);
  }
  if (before.kind === 'multi-label' && after.kind === 'multi-label') {
    const [wereOf, areOf] = [labelTypes(current, before), labelTypes(next, after)];
    if (wereOf !== areOf) return [`its labels are ${areOf}, in the current version ${wereOf}`];
  }
  return [];
}

type Classifier = Extract<Task, { kind: 'classifier' }>;

function compareClassifiers(
  before: Classifier,
  after: Classifier,
  current: Signature,
  next: Signature,
): string[] {
  const problems: string[] = [];
  const was = labelKind(current.outputs[before.labelOutput]?.type);
  const is = labelKind(next.outputs[after.labelOutput]?.type);
  if (was !== is) problems.push(`its labels are ${is}, in the current version ${was}`);
  const [wereKeys, areKeys] = [keyKind(before.labels), keyKind(after.labels)];
  if (wereKeys !== areKeys) {
    problems.push(`its probabilities are told by ${areKeys}, in the current version by ${wereKeys}`);
  }
  const isDecided = before.scores !== 'unknown' && after.scores !== 'unknown';
  if (isDecided && before.scores !== after.scores) {
    const change = after.scores === 'probabilities' ? 'gives' : 'gives no';
    problems.push(`it ${change} probabilities, unlike the current version`);
  }
  return problems;
}

function labelTypes(signature: Signature, task: Extract<Task, { kind: 'multi-label' }>): string {
  return task.labelOutputs.map((output) => labelKind(signature.outputs[output]?.type)).join(', ');
}

function labelKind(type: TensorType | undefined): string {
  if (type === 'string') return 'strings';
  return type === 'bool' ? 'booleans' : 'integers';
}

function keyKind(labels: readonly ClassLabel[] | null): string {
  switch (typeof labels?.[0]) {
    case 'string':
      return 'text label';
    case 'bigint':
      return 'integer label';
    case 'boolean':
      return 'boolean label';
    default:
      return 'position';
  }
}

function taskName({ kind }: Task): string {
  return kind === 'other' ? 'no classifier or regressor' : `a ${kind} model`;
}
