import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import { type Metric, type Points, reducedDistance, reducedDistances, trueDistances } from '../distances.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import type { Features } from '../features.ts';
import { inRows } from '../in-rows.ts';
import type { Classification } from '../prediction.ts';
import { refuseLarger } from '../refuse-larger.ts';
import { firstMaximum } from '../scores.ts';
import { type ClassTarget, classTargets, regressionTargets } from './neighbor-targets.ts';
import { distanceWeights, warnOfLostDigits, weighsByDistance } from './neighbor-weights.ts';
import { warnOfSingleTargets } from './single-targets.ts';
import { metricOf, NEIGHBOR_LIMITS, trainingPoints } from './training-points.ts';

/** The class that weighs most within `radius`. A row without neighbours fails unless there is a label for outliers. */
export const radiusNeighborsClassifier: Converter = {
  limits: `${NEIGHBOR_LIMITS}; a label of outliers that is no class`,
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const points = trainingPoints(estimator, features.width);
    const targets = classTargets(estimator, points.count);
    const tables = targets.map(({ classes, labels }) => {
      const width = classCount(classes);
      refuseLarger(points.count * width, estimator, 'the classes of its rows');
      const values = new Float64Array(points.count * width);
      for (const [row, label] of labels.entries()) values[row * width + label] = 1;
      return { values, width };
    });
    const [isAlone, ...sums] = weightedSums(estimator, features, scope, points, tables);
    const outliers = estimator.find('outlier_label_');
    if (outliers === null) {
      scope.failWhere(isAlone as GraphValue, `${estimator.label} has no row of training within its radius`);
    }
    const outputs = targets.map((target, at) =>
      ofTarget(graph, target, sums[at] as GraphValue, {
        isAlone: isAlone as GraphValue,
        outlier: outliers === null ? 0 : outlierClass(estimator, outliers, target, at),
      }),
    );
    const isMulti = estimator.get('outputs_2d_').boolean();
    return isMulti ? { kind: 'multi-output', outputs } : (outputs[0] as Classification);
  },
};

/** The weighted mean of the targets within `radius`; NaN without any. */
export const radiusNeighborsRegressor: Converter = {
  limits: NEIGHBOR_LIMITS,
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const points = trainingPoints(estimator, features.width);
    const { values, targets } = regressionTargets(estimator, points.count);
    warnOfSingleTargets(estimator, scope, points.count);
    const ones = { values: new Float64Array(points.count).fill(1), width: 1 };
    const tables = [{ values, width: targets }, ones];
    const [, sums, total] = weightedSums(estimator, features, scope, points, tables);
    // Without neighbours 0 / 0, which is NaN.
    const means = graph.op('Div', sums as GraphValue, total as GraphValue);
    return { kind: 'regressor', values: means, targets };
  },
};

interface Table {
  /** `[rows of training, width]` */
  readonly values: Float64Array;
  readonly width: number;
}

/** Whether a row is alone (`[rows, 1]`, bool), and for each table the sums of its rows within the radius, weighted. */
function weightedSums(
  estimator: Stored,
  features: Features,
  scope: Scope,
  points: Points,
  tables: readonly Table[],
): readonly GraphValue[] {
  const { graph } = scope;
  const { width } = features;
  const metric = metricOf(estimator, width);
  const radius = estimator.get('radius').number();
  const isWeighted = weighsByDistance(estimator);
  if (isWeighted) warnOfLostDigits(estimator, points, scope);
  return inRows(
    graph,
    { matrix: features.matrix(), width, perRow: points.count * width },
    [{ type: 'bool', width: 1 }, ...tables.map((table) => ({ type: graph.precision, width: table.width }))],
    (rows) => {
      const { isNear, weights } = within(graph, rows, { points, metric, radius, isWeighted });
      const nearest = graph.op('ReduceMax', graph.castReal(isNear), graph.int64s([1]));
      const isAlone = graph.op('Equal', nearest, graph.real(0));
      const sums = tables.map((table) =>
        graph.op('MatMul', weights, graph.reals(table.values, [points.count, table.width])),
      );
      return [isAlone, ...sums];
    },
  );
}

function within(
  graph: GraphBuilder,
  rows: GraphValue,
  {
    points,
    metric,
    radius,
    isWeighted,
  }: { points: Points; metric: Metric; radius: number; isWeighted: boolean },
): { isNear: GraphValue; weights: GraphValue } {
  const reduced = reducedDistances(graph, rows, points, metric);
  const isNear = graph.op('LessOrEqual', reduced, graph.real(reducedDistance(radius, metric)));
  const weights = isWeighted
    ? distanceWeights(graph, trueDistances(graph, reduced, metric), isNear)
    : graph.castReal(isNear);
  return { isNear, weights };
}

function ofTarget(
  graph: GraphBuilder,
  { classes }: ClassTarget,
  sums: GraphValue,
  { isAlone, outlier }: { isAlone: GraphValue; outlier: number },
): Classification {
  const count = classCount(classes);
  const certain = Float64Array.from({ length: count }, (_, at) => (at === outlier ? 1 : 0));
  const filled = graph.op('Where', isAlone, graph.reals(certain, [1, count]), sums);
  const total = graph.op('ReduceSum', filled, graph.int64s([1]));
  const probabilities = graph.op('Div', filled, total);
  return {
    kind: 'classifier',
    classes,
    index: firstMaximum(graph, probabilities),
    probabilities,
    decision: null,
  };
}

/** Position of the outliers' label among the classes of a target. */
function outlierClass(estimator: Stored, outliers: Stored, { classes }: ClassTarget, target: number): number {
  const labels = outliers.isList ? outliers.scalars() : [];
  const label = labels[target];
  const place = classes.values.findIndex(
    (own) => own === label || (typeof own === 'bigint' && own === toBigint(label)),
  );
  if (place >= 0) return place;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} has a label for outliers that is none of its classes; ${EXPORT_INSTEAD}`,
  );
}

function toBigint(label: unknown): bigint | null {
  if (typeof label === 'bigint') return label;
  return typeof label === 'number' && Number.isSafeInteger(label) ? BigInt(label) : null;
}
