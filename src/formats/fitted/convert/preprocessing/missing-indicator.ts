import type { Converter } from '../converter.ts';
import { missingFlags, missingValueOf } from './missing-value.ts';
import { missingColumns, positionsOf } from './simple-imputer.ts';

/** 1 where a value is missing, of all columns or of those in which one was missing at training. */
export const missingIndicator: Converter = {
  transform(estimator, features, scope) {
    const { graph } = scope;
    const missing = missingValueOf(estimator);
    const flagged = positionsOf(estimator.get('features_'), features.width);
    const result = missingColumns(graph, features.select(flagged), missing);
    const isStrict =
      estimator.get('features').text() === 'missing-only' && estimator.get('error_on_new').boolean();
    if (missing.kind === 'value') scope.refuseNaN(features);
    const others = [...new Array(features.width).keys()].filter((at) => !flagged.includes(at));
    if (!isStrict || others.length === 0) return result;
    const unexpected = features.select(others);
    if (missing.kind === 'none') {
      scope.refuseNaN(unexpected);
      return result;
    }
    const reason = `${estimator.label} takes missing values only in the columns that had some in training`;
    for (const block of unexpected.blocks) scope.failWhere(missingFlags(graph, block, missing), reason);
    return result;
  },
};
