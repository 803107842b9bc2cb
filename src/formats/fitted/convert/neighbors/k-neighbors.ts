import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import { inRows } from '../in-rows.ts';
import type { Classification, Prediction } from '../prediction.ts';
import { refuseLarger } from '../refuse-larger.ts';
import { firstMaximum } from '../scores.ts';
import { nearest, neighborsOf } from './nearest.ts';
import { type ClassTarget, classTargets, classWeights, regressionTargets } from './neighbor-targets.ts';
import { distanceWeights, warnOfLostDigits, weighsByDistance } from './neighbor-weights.ts';
import { warnOfSingleTargets } from './single-targets.ts';
import { metricOf, NEIGHBOR_LIMITS, trainingPoints } from './training-points.ts';

/** The class of most neighbours, the first among equals; probabilities are their shares. */
export const kNeighborsClassifier: Converter = {
  limits: NEIGHBOR_LIMITS,
  predict(estimator, features, scope) {
    const { graph } = scope;
    const { width } = features;
    const { points, metric, neighbors, isWeighted } = searchOf(estimator, features, scope);
    const targets = classTargets(estimator, points.count);
    const classes = targets.reduce((most, target) => Math.max(most, classCount(target.classes)), 0);
    refuseLarger(neighbors * classes, estimator, 'the classes of its neighbours');
    const sums = inRows(
      graph,
      {
        matrix: features.matrix(),
        width,
        perRow: Math.max(points.count * width, neighbors * classes),
      },
      targets.map((target) => ({ type: graph.precision, width: classCount(target.classes) })),
      (rows) => {
        const { index, distances } = nearest(graph, rows, { points, metric, neighbors });
        const weights = isWeighted ? distanceWeights(graph, distances) : null;
        return targets.map((target) => classWeights(graph, target, index, weights));
      },
    );
    return ofTargets(estimator.get('outputs_2d_').boolean(), targets, sums, scope);
  },
};

/** The mean of the neighbours' targets. */
export const kNeighborsRegressor: Converter = {
  limits: NEIGHBOR_LIMITS,
  predict(estimator, features, scope) {
    const { graph } = scope;
    const { width } = features;
    const { points, metric, neighbors, isWeighted } = searchOf(estimator, features, scope);
    const { values, targets } = regressionTargets(estimator, points.count);
    if (!isWeighted) warnOfSingleTargets(estimator, scope, neighbors);
    const [means] = inRows(
      graph,
      { matrix: features.matrix(), width, perRow: points.count * width },
      [{ type: graph.precision, width: targets }],
      (rows) => {
        const { index, distances } = nearest(graph, rows, { points, metric, neighbors });
        const own = graph.op('Gather', graph.reals(values, [points.count, targets]), index);
        const [middle, last] = [graph.int64s([1]), graph.int64s([2])];
        const flat = { attributes: { keepdims: { integer: 0 } } };
        if (!isWeighted) {
          const sum = graph.node('ReduceSum', [own, middle], flat);
          return [graph.op('Div', sum, graph.real(neighbors))];
        }
        const weights = distanceWeights(graph, distances);
        const terms = graph.op('Mul', own, graph.op('Unsqueeze', weights, last));
        const sum = graph.node('ReduceSum', [terms, middle], flat);
        return [graph.op('Div', sum, graph.op('ReduceSum', weights, middle))];
      },
    );
    return { kind: 'regressor', values: means as GraphValue, targets };
  },
};

/** What both look for, and how much the neighbours count. */
function searchOf(estimator: Stored, features: Features, scope: Scope) {
  scope.refuseNaN(features);
  const points = trainingPoints(estimator, features.width);
  const isWeighted = weighsByDistance(estimator);
  if (isWeighted) warnOfLostDigits(estimator, points, scope);
  return {
    points,
    metric: metricOf(estimator, features.width),
    neighbors: neighborsOf(estimator, 'n_neighbors', points),
    isWeighted,
  };
}

/** @param sums `[rows, classes]` of each target: what each class weighs. */
function ofTargets(
  isMulti: boolean,
  targets: readonly ClassTarget[],
  sums: readonly GraphValue[],
  { graph }: Scope,
): Prediction {
  const outputs = targets.map(({ classes }, at): Classification => {
    const own = sums[at] as GraphValue;
    const total = graph.op('ReduceSum', own, graph.int64s([1]));
    return {
      kind: 'classifier',
      classes,
      index: firstMaximum(graph, own),
      probabilities: graph.op('Div', own, total),
      decision: null,
    };
  });
  return isMulti ? { kind: 'multi-output', outputs } : (outputs[0] as Classification);
}
