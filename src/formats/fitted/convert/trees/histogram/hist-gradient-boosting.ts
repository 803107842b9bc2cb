import { GatewayError } from '../../../../../errors.ts';
import type { GraphValue } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';
import { classCount, classesOf } from '../../classes.ts';
import type { Converter, Scope } from '../../converter.ts';
import { EXPORT_INSTEAD } from '../../export-instead.ts';
import type { Features } from '../../features.ts';
import { noteLastBit } from '../../last-bit.ts';
import { firstMaximum, isPositive, sigmoid, softmax, twoColumns } from '../../scores.ts';
import { leafTree } from '../leaf-tree.ts';
import { treeEnsemble } from '../tree-ensemble.ts';
import { categoryCodes, textCategories } from './category-codes.ts';
import { categoricalColumns, predictorTree } from './predictor-tree.ts';

/** Losses of classifiers: the two are the names that scikit-learn 1.2 still knows of `log_loss`. */
const CLASSIFIER_LOSSES = new Set(['log_loss', 'auto', 'binary_crossentropy', 'categorical_crossentropy']);
const PLAIN_LOSSES = new Set(['squared_error', 'absolute_error', 'quantile']);
const LOGARITHMIC_LOSSES = new Set(['poisson', 'gamma']);

/** Baseline + Σ leaves, one sum for two classes, else one for each. NaN goes where each node says. */
export const histGradientBoostingClassifier: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    lossOf(estimator, CLASSIFIER_LOSSES);
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    const raw = rawScores(estimator, features, scope, count === 2 ? 1 : count);
    if (count === 2) {
      const probabilities = twoColumns(graph, sigmoid(graph, raw));
      return { kind: 'classifier', classes, index: isPositive(graph, raw), probabilities, decision: raw };
    }
    const probabilities = softmax(graph, raw);
    return { kind: 'classifier', classes, index: firstMaximum(graph, raw), probabilities, decision: raw };
  },
  textColumns: textCategories,
};

/** Baseline + Σ leaves, and its exponential for counts and other positive targets. */
export const histGradientBoostingRegressor: Converter = {
  predict(estimator, features, scope) {
    const loss = lossOf(estimator, PLAIN_LOSSES.union(LOGARITHMIC_LOSSES));
    const raw = rawScores(estimator, features, scope, 1);
    const values = LOGARITHMIC_LOSSES.has(loss) ? scope.graph.op('Exp', raw) : raw;
    return { kind: 'regressor', values, targets: 1 };
  },
  textColumns: textCategories,
};

function lossOf(estimator: Stored, known: ReadonlySet<string>): string {
  const loss = estimator.get('loss');
  if (typeof loss.value === 'string' && known.has(loss.value)) return loss.value;
  const what = typeof loss.value === 'string' ? `"${loss.value}"` : loss.label;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} has the loss ${what}, which is not known here; ${EXPORT_INSTEAD}`,
  );
}

/** `[rows, width]`: added in scikit-learn's order, the baseline first. */
function rawScores(estimator: Stored, features: Features, scope: Scope, width: number): GraphValue {
  const { graph } = scope;
  noteLastBit(estimator, features, scope);
  const baseline = estimator.get('_baseline_prediction').numbers().values;
  if (baseline.length !== width) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} begins with ${baseline.length} numbers, and ${width} are expected`,
    );
  }
  const columns = categoryCodes(estimator, features, scope);
  const trees = estimator
    .get('_predictors')
    .items()
    .flatMap((stage) => {
      const predictors = stage.items();
      if (predictors.length === width)
        return predictors.map((tree, at) => predictorTree(tree, features.width, at));
      throw new GatewayError(
        'INVALID_MODEL',
        `${stage.path} has ${predictors.length} trees, and ${width} are expected`,
      );
    });
  checkCategories(estimator, trees.flatMap(categoricalColumns), features.width);
  return treeEnsemble(graph, columns.matrix(), [...Array.from(baseline, leafTree), ...trees], {
    targets: width,
    test: '<=',
    compare: 'double',
    sums: graph.precision,
  });
}

/** Sets are asked of columns of codes only: the runtime would cut off the fraction of any other number. */
function checkCategories(estimator: Stored, asked: readonly number[], width: number): void {
  const own = estimator.find('_is_categorical_remapped') ?? estimator.find('is_categorical_');
  const flags = own?.numbersOfShape(width).values;
  const wrong = asked.find((column) => flags?.[column] !== 1);
  if (wrong !== undefined)
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} asks column ${wrong} for categories, and it is a number`,
    );
}
