import type { GraphValue } from '../../graph/graph-builder.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { inRows } from '../in-rows.ts';
import { isSingle } from '../is-single.ts';
import { ofLikelihoods } from '../joint-likelihoods.ts';

/** What a few roundings to a float change, relative to the size of the number. */
const SINGLE_DIGITS = 2 ** -20;

/** ln prior − ½ Σ ln(2π·variance) − ½ Σ (x − mean)² / variance. */
export const gaussianNb: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    const means = estimator.get('theta_').numbersOfShape(count, width).values;
    const variances = estimator.get('var_').numbersOfShape(count, width).values;
    const priors = estimator.get('class_prior_').numbersOfShape(count).values;
    const constants = priors.map((prior, at) => {
      const own = variances.subarray(at * width, (at + 1) * width);
      return Math.log(prior) - 0.5 * own.reduce((sum, variance) => sum + Math.log(2 * Math.PI * variance), 0);
    });
    if (isSingle(estimator.get('var_'))) {
      scope.loosen(
        SINGLE_DIGITS * constants.reduce((most, constant) => Math.max(most, Math.abs(constant)), 0),
        `${estimator.label} was trained on float32, and scikit-learn calculates its constants in single precision`,
      );
    }
    const [joint] = inRows(
      graph,
      { matrix: features.matrix(), width, perRow: count * width },
      [{ type: graph.precision, width: count }],
      (rows) => {
        const wide = graph.op('Unsqueeze', rows, graph.int64s([1]));
        const off = graph.op('Sub', wide, graph.reals(means, [count, width]));
        const terms = graph.op('Div', graph.op('Mul', off, off), graph.reals(variances, [count, width]));
        const sums = graph.node('ReduceSum', [terms, graph.int64s([2])], {
          attributes: { keepdims: { integer: 0 } },
        });
        return [graph.op('Sub', graph.reals(constants), graph.op('Mul', sums, graph.real(0.5)))];
      },
    );
    return ofLikelihoods(graph, classes, joint as GraphValue);
  },
};
