import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import type { Features } from '../features.ts';
import { decisionOf, ofLikelihoods } from '../joint-likelihoods.ts';

/** For each class −½ (|(x − mean) · rotation · scaling^−½|² + Σ ln scaling) + ln prior. */
export const quadraticDiscriminant: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    const means = estimator.get('means_').numbersOfShape(count, features.width).values;
    const priors = estimator.get('priors_').numbersOfShape(count).values;
    const rotations = listOf(estimator, 'rotations_', count);
    const scalings = listOf(estimator, 'scalings_', count);
    const columns = rotations.map((rotation, at) => {
      const own = means.subarray(at * features.width, (at + 1) * features.width);
      const { distance, logs } = distanceTo(graph, features, own, rotation, scalings[at] as Stored);
      const constant = Math.log(priors[at] as number) - 0.5 * logs;
      return graph.op('Sub', graph.real(constant), graph.op('Mul', distance, graph.real(0.5)));
    });
    const scores = graph.node('Concat', columns, { attributes: { axis: { integer: 1 } } });
    return { ...ofLikelihoods(graph, classes, scores), decision: decisionOf(graph, scores, count) };
  },
};

function listOf(estimator: Stored, attribute: string, count: number): Stored[] {
  const items = estimator.get(attribute).items();
  if (items.length === count) return items;
  throw new GatewayError(
    'INVALID_MODEL',
    `${attribute} of ${estimator.label} has ${items.length} items for ${count} classes`,
  );
}

/** Squared distance `[rows, 1]`, and Σ ln scaling. */
function distanceTo(
  graph: GraphBuilder,
  features: Features,
  mean: Float64Array,
  rotation: Stored,
  scaling: Stored,
): { distance: GraphValue; logs: number } {
  const { width } = features;
  const { values, shape } = rotation.numbersOfShape(width, -1);
  const axes = shape[1] as number;
  const scales = scaling.numbersOfShape(axes).values;
  const weights = values.map((value, at) => value * (scales[at % axes] as number) ** -0.5);
  const centred = graph.op('Sub', features.matrix(), graph.reals(mean));
  const projected = graph.op('MatMul', centred, graph.reals(weights, [width, axes]));
  return {
    distance: graph.op('ReduceSumSquare', projected, graph.int64s([1])),
    logs: scales.reduce((sum, scale) => sum + Math.log(scale), 0),
  };
}
