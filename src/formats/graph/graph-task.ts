import type { Task } from '../../model/signature.ts';
import { isFloating } from '../../model/tensor.ts';
import { fittingLabels, type TracedLabels, traceLabels } from './class-labels.ts';
import type { GraphIndex } from './graph-index.ts';
import type { ServedOutput } from './plan-outputs.ts';
import { scoreKindOf } from './score-kind.ts';

interface Candidate {
  /** Index into the outputs. */
  readonly output: number;
  readonly name: string;
  readonly labels: TracedLabels;
}

/** What the graph's outputs mean (contract section 5, last paragraph). */
export function taskOf(index: GraphIndex, outputs: readonly ServedOutput[]): Task {
  const scores = outputs.flatMap(({ spec }, output) =>
    isFloating(spec.type) && spec.shape.length === 2 ? [output] : [],
  );
  const candidates = outputs.flatMap((output, position) => labelCandidate(index, output, position));
  const labels = chooseLabels(candidates);
  if (labels.length > 1) return { kind: 'multi-label', labelOutputs: labels.map(({ output }) => output) };
  const [label] = labels;
  const others = scores.filter((output) => output !== label?.output);
  if (label !== undefined && others.length > 0) return classifier(index, outputs, label, others);
  const several = outputs.flatMap(({ spec }, output) => (holdsSeveralLabels(spec) ? [output] : []));
  if (several.length === 1 && index.graph.outputs.length > 1)
    return { kind: 'multi-label', labelOutputs: several };
  const only = outputs.length === 1 ? outputs[0]?.spec : undefined;
  const isNumeric = only !== undefined && only.type !== 'string' && only.type !== 'bool';
  return isNumeric && (only.shape.length === 1 || only.shape.length === 2)
    ? { kind: 'regressor', output: 0 }
    : { kind: 'other' };
}

/** An output that may hold one label a row; a float one only if the graph proves it. */
function labelCandidate(index: GraphIndex, { spec }: ServedOutput, output: number): Candidate[] {
  const isColumn = spec.shape.length === 1 || (spec.shape.length === 2 && spec.shape[1] === 1);
  if (!isColumn) return [];
  const labels = traceLabels(index, spec.name);
  if (isFloating(spec.type) && (labels === null || labels === 'positions')) return [];
  return [{ output, name: spec.name, labels }];
}

/** The label output; several if the graph has several that are sure to be labels. */
function chooseLabels(candidates: readonly Candidate[]): readonly Candidate[] {
  const traced = candidates.filter(({ labels }) => labels !== null);
  if (traced.length > 0) return traced;
  const named = candidates.filter(({ name }) => /^(output_)?label$/.test(name));
  if (named.length === 1) return named;
  return candidates.length === 1 ? candidates : [];
}

/** `[rows, labels]`, as multi-label models give. */
function holdsSeveralLabels(spec: ServedOutput['spec']): boolean {
  return !isFloating(spec.type) && spec.shape.length === 2 && spec.shape[1] !== 1;
}

function classifier(
  index: GraphIndex,
  outputs: readonly ServedOutput[],
  label: Candidate,
  scores: readonly number[],
): Task {
  const known = Array.isArray(label.labels) ? label.labels.length : null;
  const rank = (output: number) => {
    const { columnLabels, spec } = outputs[output] as ServedOutput;
    if (columnLabels !== null) return 0;
    if (spec.shape[1] === known) return 1;
    return /prob|score/i.test(spec.name) ? 2 : 3;
  };
  const scoresOutput = [...scores].sort((left, right) => rank(left) - rank(right))[0] as number;
  const { spec, columnLabels } = outputs[scoresOutput] as ServedOutput;
  const width = spec.shape[1] ?? -1;
  return {
    kind: 'classifier',
    labelOutput: label.output,
    scoresOutput,
    labels: columnLabels ?? fittingLabels(label.labels, width),
    // A single score a row is an outlier's or a margin, never the probabilities of all classes.
    scores: width === 1 ? 'other' : scoreKindOf(index, spec.name),
  };
}
