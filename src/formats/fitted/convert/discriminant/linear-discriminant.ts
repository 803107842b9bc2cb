import { GatewayError } from '../../../../errors.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { Features } from '../features.ts';
import { checkScoreCount, labelOfScores } from '../linear/class-scores.ts';
import { linearScores } from '../linear/linear-scores.ts';
import { sigmoid, softmax, twoColumns } from '../scores.ts';

/** Linear scores; as a transformer the projection on `scalings_`. */
export const linearDiscriminant: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const { value: decision, count } = linearScores(estimator, features, graph);
    checkScoreCount(estimator, count, classes);
    const probabilities =
      classCount(classes) === 2 ? twoColumns(graph, sigmoid(graph, decision)) : softmax(graph, decision);
    return {
      kind: 'classifier',
      classes,
      index: labelOfScores(graph, decision, classes),
      probabilities,
      decision,
    };
  },
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const solver = estimator.get('solver').text();
    if (solver !== 'svd' && solver !== 'eigen') {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} was fitted with the solver "${solver}", which has no transform; ${EXPORT_INSTEAD}`,
      );
    }
    const { values, shape } = estimator.get('scalings_').numbersOfShape(width, -1);
    const all = shape[1] as number;
    const count = Math.min(all, estimator.get('_max_components').integer());
    const kept = values.filter((_, at) => at % all < count);
    const matrix = features.matrix();
    const centred =
      solver === 'svd'
        ? graph.op('Sub', matrix, graph.reals(estimator.get('xbar_').numbersOfShape(width).values))
        : matrix;
    return Features.made(graph, graph.op('MatMul', centred, graph.reals(kept, [width, count])), count);
  },
};
