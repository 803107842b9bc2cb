import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { transposed } from '../linear/linear-scores.ts';
import { beside } from '../response.ts';
import { firstMaximum } from '../scores.ts';
import { binaryScore } from './binary-score.ts';
import { fittedParts } from './fitted-parts.ts';

/** Binary estimators whose scores are a code: the class with the nearest code, the first among equals. */
export const outputCode: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const parts = fittedParts(estimator);
    const count = classCount(classes);
    const { values: codes } = estimator.get('code_book_').numbersOfShape(count, parts.length);
    const scores = beside(
      graph,
      parts.map((part) => binaryScore(graph, scope.predict(part, features), part)),
    );
    // |y − c|² = |y|² − 2 (y · c − |c|² / 2): the nearest has the largest of what is in brackets.
    const halves = Array.from(
      { length: count },
      (_, row) =>
        codes
          .slice(row * parts.length, (row + 1) * parts.length)
          .reduce((sum, code) => sum + code * code, 0) / 2,
    );
    const table = graph.reals(transposed(codes, count, parts.length), [parts.length, count]);
    const nearness = graph.op('Sub', graph.op('MatMul', scores, table), graph.reals(halves));
    const index = firstMaximum(graph, nearness);
    return { kind: 'classifier', classes, index, probabilities: null, decision: null };
  },
};
