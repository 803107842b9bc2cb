import { GatewayError } from '../../../../errors.ts';
import type { FittedTree } from './fitted-tree.ts';

/** Number of targets of trees that say numbers. @throws GatewayError INVALID_MODEL if they are not all alike. */
export function checkTargets(trees: readonly FittedTree[]): number {
  const [first] = trees;
  const targets = first?.outputs ?? 1;
  for (const { outputs, classes, stored } of trees) {
    if (outputs !== targets || classes !== 1) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${stored.path}.values has ${outputs} targets of ${classes} numbers, and ${targets} of one are expected`,
      );
    }
  }
  return targets;
}

/** Writes a leaf's value for each target. */
export function readTargets({ values, outputs }: FittedTree, node: number, row: Float64Array): void {
  for (let target = 0; target < outputs; target += 1) row[target] = values[node * outputs + target] as number;
}
