import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import { categoryPositions } from './category-positions.ts';
import { textColumnsOfCategories } from './category-texts.ts';
import { encodedColumns } from './encoded-column.ts';

/** The target's mean among the rows of each category, of each class if there are several; of all rows for unknown values. */
export const targetEncoder: Converter = {
  limits: 'categories of several types in one column, None and NaN in one column',
  textColumns: textColumnsOfCategories,
  transform(estimator, features, { graph }) {
    const columns = encodedColumns(estimator, features);
    const classes =
      estimator.get('target_type_').text() === 'multiclass' ? estimator.get('classes_').items().length : 1;
    const means = meansOf(estimator.get('target_mean_'), classes);
    const encodings = estimator.get('encodings_').items();
    if (encodings.length !== columns.length * classes) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has ${encodings.length} encodings of ${columns.length} columns`,
      );
    }
    const parts = columns.map(({ block, categories }, at) => {
      const known = categories.values.length;
      const own = encodings
        .slice(at * classes, (at + 1) * classes)
        .map((item) => item.numbersOfShape(known).values);
      const table = new Float64Array((known + 1) * classes);
      for (let row = 0; row <= known; row += 1) {
        for (const [column, values] of own.entries()) {
          table[row * classes + column] = (row < known ? values[row] : means[column]) as number;
        }
      }
      const positions = graph.op('Squeeze', categoryPositions(graph, block, categories), graph.int64s([1]));
      const value = graph.op('Gather', graph.reals(table, [known + 1, classes]), positions);
      return Features.made(graph, value, classes);
    });
    return Features.beside(graph, parts);
  },
};

function meansOf(stored: Stored, classes: number): Float64Array {
  return classes === 1 ? Float64Array.of(stored.number()) : stored.numbersOfShape(classes).values;
}
