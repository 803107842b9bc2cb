import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import { fittedTree } from '../trees/fitted-tree.ts';

/** How much each column matters to a fitted estimator, and whether that is the very number that scikit-learn gets. */
export interface Importances {
  readonly values: Float64Array;
  readonly isExact: boolean;
}

/**
 * Size of `coef_`, or `feature_importances_`, which trees do not keep: it is calculated again from their impurities.
 *
 * @throws GatewayError UNSUPPORTED_MODEL where it cannot be had from the state.
 */
export function featureImportances(selector: Stored, estimator: Stored, width: number): Importances {
  const getter = selector.get('importance_getter');
  if (estimator.has('coef_') && (getter.value === 'auto' || getter.value === 'coef_')) {
    return sizeOf(estimator.get('coef_'), width, selector.get('norm_order'));
  }
  if (getter.value === 'auto' || getter.value === 'feature_importances_') {
    const values = importancesOf(estimator, width);
    if (values !== null) return { values, isExact: false };
  }
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} does not keep what ${selector.label} selects by`,
  );
}

function sizeOf(stored: Stored, width: number, order: Stored): Importances {
  const { shape } = stored.numbers();
  if (shape.length === 1) return { values: stored.numbersOfShape(width).values.map(Math.abs), isExact: true };
  const { values } = stored.numbersOfShape(-1, width);
  const rows = values.length / width;
  const norm = normOf(order);
  const sizes = Float64Array.from({ length: width }, (_, column) =>
    norm(Array.from({ length: rows }, (_row, row) => Math.abs(values[row * width + column] as number))),
  );
  return { values: sizes, isExact: rows === 1 };
}

function normOf(order: Stored): (sizes: readonly number[]) => number {
  switch (order.number()) {
    case 1:
      return (sizes) => sizes.reduce((sum, size) => sum + size, 0);
    case 2:
      return (sizes) => Math.sqrt(sizes.reduce((sum, size) => sum + size * size, 0));
    case Number.POSITIVE_INFINITY:
      return (sizes) => Math.max(...sizes);
    default:
      throw new GatewayError('UNSUPPORTED_MODEL', `${order.path} is neither 1, 2 nor infinity`);
  }
}

const FORESTS: ReadonlySet<string> = new Set([
  'RandomForestClassifier',
  'RandomForestRegressor',
  'ExtraTreesClassifier',
  'ExtraTreesRegressor',
]);

function importancesOf(estimator: Stored, width: number): Float64Array | null {
  const name = estimator.className ?? '';
  if (estimator.has('tree_')) return normalised(reductions(estimator, width));
  if (FORESTS.has(name)) {
    const trees = estimator.get('estimators_').items();
    return normalised(
      mean(
        trees.flatMap((tree) => (isStump(tree) ? [] : [normalised(reductions(tree, width))])),
        width,
      ),
    );
  }
  if (name === 'GradientBoostingClassifier' || name === 'GradientBoostingRegressor') {
    const trees = estimator.get('estimators_').items();
    return normalised(
      mean(
        trees.flatMap((tree) => (isStump(tree) ? [] : [reductions(tree, width)])),
        width,
      ),
    );
  }
  return null;
}

function isStump(tree: Stored): boolean {
  return tree.get('tree_').get('nodes').shape()[0] === 1;
}

/** How much impurity the splits on each column took away, divided by the weight of all rows. */
function reductions(estimator: Stored, width: number): Float64Array {
  const { tree, shape } = fittedTree(estimator, width);
  const nodes = estimator.get('tree_').get('nodes');
  const impurity = nodes.field('impurity');
  const weight = nodes.field('weighted_n_node_samples');
  const result = new Float64Array(width);
  const at = (node: number) => (weight[node] as number) * (impurity[node] as number);
  for (const node of shape.inner) {
    const column = tree.feature[node] as number;
    result[column] =
      (result[column] as number) + at(node) - at(tree.yes[node] as number) - at(tree.no[node] as number);
  }
  return result.map((sum) => sum / (weight[0] as number));
}

function normalised(values: Float64Array): Float64Array {
  const total = values.reduce((sum, value) => sum + value, 0);
  return total > 0 ? values.map((value) => value / total) : values;
}

function mean(parts: readonly Float64Array[], width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, column) =>
    parts.length === 0 ? 0 : parts.reduce((sum, part) => sum + (part[column] as number), 0) / parts.length,
  );
}
