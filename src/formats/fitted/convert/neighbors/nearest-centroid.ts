import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { type Metric, type Points, reducedDistances } from '../distances.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import type { Features } from '../features.ts';
import { inRows } from '../in-rows.ts';
import { decisionOf, ofLikelihoods } from '../joint-likelihoods.ts';
import type { Classification } from '../prediction.ts';

/** As `numpy.isclose`: priors that are the same but for rounding. */
const CLOSE = 1e-8;

/** The class whose centroid is nearest; since scikit-learn 1.6 with priors and probabilities. */
export const nearestCentroid: Converter = {
  limits: 'metrics other than euclidean and manhattan',
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    const centroids = estimator.get('centroids_').numbersOfShape(count, width).values;
    const metric = centroidMetric(estimator);
    const near = distancesTo(graph, features, { values: centroids, count, width }, metric);
    const nearest = graph.node('ArgMin', [near], {
      attributes: { axis: { integer: 1 }, keepdims: { integer: 0 } },
    });
    const priors = estimator.find('class_prior_')?.numbersOfShape(count).values;
    if (priors === undefined) {
      return { kind: 'classifier', classes, index: nearest, probabilities: null, decision: null };
    }
    const scores = discriminants(graph, estimator, features, { centroids, priors, metric });
    const ofScores: Classification = ofLikelihoods(graph, classes, scores);
    const isEven = priors.every((prior) => Math.abs(prior - 1 / count) <= CLOSE + 1e-5 / count);
    const index = isEven ? nearest : ofScores.index;
    return metric.kind === 'euclidean'
      ? { ...ofScores, index, decision: decisionOf(graph, scores, count) }
      : { ...ofScores, index, probabilities: null, decision: null };
  },
};

function centroidMetric(estimator: Stored): Metric {
  const { value } = estimator.get('metric');
  if (value === 'euclidean' || value === 'manhattan') return { kind: value };
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} has the metric ${typeof value === 'string' ? `"${value}"` : 'of a function'}, which is not converted; ${EXPORT_INSTEAD}`,
  );
}

/** `[rows, classes]`: 2 ln prior − distance², in columns divided by their deviation within the classes. */
function discriminants(
  graph: GraphBuilder,
  estimator: Stored,
  features: Features,
  { centroids, priors, metric }: { centroids: Float64Array; priors: Float64Array; metric: Metric },
): GraphValue {
  const { width } = features;
  const stored = estimator.get('within_class_std_dev_').numbersOfShape(width).values;
  const scales = stored.map((scale) => (scale === 0 ? 1 : scale));
  const scaled = features.mapped(graph.op('Div', features.matrix(), graph.reals(scales)));
  const values = centroids.map((value, at) => value / (scales[at % width] as number));
  const near = distancesTo(graph, scaled, { values, count: priors.length, width }, metric);
  const squares = metric.kind === 'euclidean' ? near : graph.op('Mul', near, near);
  return graph.op('Sub', graph.reals(priors.map((prior) => 2 * Math.log(prior))), squares);
}

/** `[rows, classes]`: squared where the metric is euclidean. */
function distancesTo(graph: GraphBuilder, features: Features, points: Points, metric: Metric): GraphValue {
  const { count, width } = points;
  const [value] = inRows(
    graph,
    { matrix: features.matrix(), width, perRow: count * width },
    [{ type: graph.precision, width: count }],
    (rows) => [reducedDistances(graph, rows, points, metric)],
  );
  return value as GraphValue;
}
