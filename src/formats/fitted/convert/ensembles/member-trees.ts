import type { Stored } from '../../values/stored.ts';

/** Whether all members of an ensemble are single trees: then all of them become one operator. */
export function areTrees(members: readonly Stored[]): boolean {
  return members.every(
    ({ typeName }) =>
      typeName !== null &&
      /^sklearn\.tree\..*\.(DecisionTree|ExtraTree)(Classifier|Regressor)$/.test(typeName),
  );
}
