import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Classes } from '../prediction.ts';
import type { FittedTree } from './fitted-tree.ts';
import { rowSum } from './row-sum.ts';

/** The classes of each output of a tree or forest. */
export function outputClasses(estimator: Stored): Classes[] {
  const stored = estimator.get('classes_');
  return estimator.get('n_outputs_').integer() === 1 ? [classesOf(stored)] : stored.items().map(classesOf);
}

/** @throws GatewayError INVALID_MODEL if a tree says less, or more, than there are classes. */
export function checkOutputs(
  trees: readonly FittedTree[],
  classes: readonly Classes[],
  estimator: Stored,
): void {
  const most = Math.max(...classes.map(classCount));
  for (const { outputs, classes: count, stored } of trees) {
    if (outputs === classes.length && count === most) continue;
    throw new GatewayError(
      'INVALID_MODEL',
      `${stored.path}.values has ${outputs} outputs and ${count} classes, and ${estimator.label} has ${classes.length} and ${most}`,
    );
  }
}

/**
 * Writes the probabilities of a leaf's classes, output after output (`counts` classes each), as `predict_proba` of a single tree gives them.
 * Since scikit-learn 1.3, whose trees tell where NaN goes, leaves hold them; before they held weighted counts.
 */
export function readProbabilities(
  { tree, values, outputs, classes: stride }: FittedTree,
  node: number,
  counts: readonly number[],
  row: Float64Array,
): void {
  let at = 0;
  for (let output = 0; output < outputs; output += 1) {
    const count = counts[output] as number;
    const begin = (node * outputs + output) * stride;
    const leaf = values.subarray(begin, begin + count);
    const sum = tree.missing === null ? rowSum(leaf) || 1 : 1;
    for (let index = 0; index < count; index += 1) row[at++] = (leaf[index] as number) / sum;
  }
}

/** Place of the largest of an output's values, before they are divided by their sum; the first among equals. */
export function largestAt(
  { values, outputs, classes }: FittedTree,
  node: number,
  output: number,
  count: number,
): number {
  const begin = (node * outputs + output) * classes;
  let largest = 0;
  for (let at = 1; at < count; at += 1) {
    if ((values[begin + at] as number) > (values[begin + largest] as number)) largest = at;
  }
  return largest;
}

/** `[rows, Σ classes]` → one `[rows, classes]` for each output. */
export function splitOutputs(
  graph: GraphBuilder,
  value: GraphValue,
  widths: readonly number[],
): GraphValue[] {
  if (widths.length === 1) return [value];
  return graph.nodeOf('Split', [value, graph.int64s(widths)], widths.length, {
    attributes: { axis: { integer: 1 } },
  });
}
