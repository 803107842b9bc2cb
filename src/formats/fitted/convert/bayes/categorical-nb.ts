import { GatewayError } from '../../../../errors.ts';
import type { NumberArray } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { ofLikelihoods } from '../joint-likelihoods.ts';
import { transposed } from '../linear/linear-scores.ts';

/** Sum of what each column's category says, by its number. A number that no category has fails, as in scikit-learn. */
export const categoricalNb: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    const columns = estimator.get('feature_log_prob_').items();
    if (columns.length !== features.width) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has probabilities for ${columns.length} columns, and there are ${features.width}`,
      );
    }
    const tables = columns.map((column) => column.numbersOfShape(count, -1));
    const sizes = tables.map(({ shape }) => shape[1] as number);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    // Of all columns one below the other: [categories, classes].
    const table = new Float64Array(total * count);
    const starts = placeTables(table, tables, count);
    // As numpy's conversion to int: towards zero.
    const numbers = graph.cast(features.matrix(), 'int64');
    const isKnown = graph.op(
      'And',
      graph.op('GreaterOrEqual', numbers, graph.int64s([0])),
      graph.op('Less', numbers, graph.int64s(sizes)),
    );
    const places = graph.op('Add', numbers, graph.int64s(starts));
    scope.failWhere(
      graph.op('Not', isKnown),
      `${estimator.label} takes only the categories that it was trained on`,
    );
    const found = graph.op('Gather', graph.reals(table, [total, count]), places);
    const sums = graph.node('ReduceSum', [found, graph.int64s([1])], {
      attributes: { keepdims: { integer: 0 } },
    });
    const priors = estimator.get('class_log_prior_').numbersOfShape(count).values;
    return ofLikelihoods(graph, classes, graph.op('Add', sums, graph.reals(priors)));
  },
};

/** Where each column's categories begin. */
function placeTables(table: Float64Array, tables: readonly NumberArray[], classes: number): number[] {
  let start = 0;
  return tables.map(({ values, shape }) => {
    const size = shape[1] as number;
    table.set(transposed(values, classes, size), start * classes);
    start += size;
    return start - size;
  });
}
