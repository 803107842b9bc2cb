import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import { largestSquare } from '../distances.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { Features } from '../features.ts';
import { inRows } from '../in-rows.ts';
import { isSingle } from '../is-single.ts';
import { weighsByDistance } from '../neighbors/neighbor-weights.ts';
import { sklearnMinor } from '../sklearn-version.ts';
import { type Donors, donorTables, imputedRows } from './donors.ts';
import { missingValueOf } from './missing-value.ts';
import { missingColumns, positionsOf } from './simple-imputer.ts';

/** Each row is compared with every number of the training, column by column. */
const MAX_NUMBERS = 50_000_000 / 8;
/** Numbers that a row holds for each number of the training: differences, their squares, distances by column. */
const COPIES = 3;
/** What the cancellation leaves of a squared distance, relative to the squares: some roundings of a double. */
const LOST_DIGITS = 2 ** -49;
/** As much of a mean that was taken of floats. */
const LOST_SINGLE_DIGITS = 2 ** -20;

/** A missing value becomes the mean of its column in the nearest rows of the training that have it. */
export const kNeighborsImputer: Converter = {
  limits:
    'metrics and weights that are a function; more than 50 MB of training rows. Among rows at equal distance, or without any, the first of the training counts',
  transform(estimator, features, scope) {
    const { graph } = scope;
    const { width } = features;
    const missing = missingValueOf(estimator);
    if (typeof estimator.get('missing_values').value !== 'number') {
      throw new GatewayError('UNSUPPORTED_MODEL', `missing_values of ${estimator.label} is no number`);
    }
    if (missing.kind === 'value') scope.refuseNaN(features);
    const donors = donorsOf(estimator, width);
    warn(estimator, donors, scope);
    const x = features.matrix();
    const holes =
      missing.kind === 'none'
        ? x
        : graph.op(
            'Where',
            graph.op('Equal', x, graph.real(missing.value as number)),
            graph.real(Number.NaN),
            x,
          );
    const tables = donorTables(graph, donors);
    const [filled] = inRows(
      graph,
      { matrix: holes, width, perRow: COPIES * donors.count * width },
      [{ type: graph.precision, width }],
      (rows) => [imputedRows(graph, rows, donors, tables)],
    );
    const kept = keptColumns(
      graph,
      filled as GraphValue,
      donors,
      estimator.get('keep_empty_features').boolean(),
    );
    if (!estimator.get('add_indicator').boolean()) return kept;
    if (sklearnMinor(estimator) < 4) {
      scope.note(
        `${estimator.label}: scikit-learn before 1.4 may leave out the columns of the indicator where no row of a call misses a value; here they are always there`,
      );
    }
    const flagged = positionsOf(estimator.get('indicator_').get('features_'), width);
    return Features.beside(graph, [kept, missingColumns(graph, features.select(flagged), missing)]);
  },
};

/** @throws GatewayError UNSUPPORTED_MODEL if there are too many, or functions compare or weigh them. */
function donorsOf(estimator: Stored, width: number): Donors {
  if (estimator.get('metric').value !== 'nan_euclidean') {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} compares rows with a function, which is never executed; ${EXPORT_INSTEAD}`,
    );
  }
  const stored = estimator.get('_fit_X');
  const [count = 0] = stored.shape();
  if (count * width > MAX_NUMBERS) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} compares each row with ${count} rows of training of ${width} columns, which are more than 50 MB; ${EXPORT_INSTEAD}`,
    );
  }
  const values = Float64Array.from(stored.numbersOfShape(-1, width).values);
  const missing = estimator.get('_mask_fit_X').numbersOfShape(count, width).values;
  for (const [at, flag] of missing.entries()) {
    if (flag !== 0) values[at] = Number.NaN;
    else if (!Number.isFinite(values[at])) {
      throw new GatewayError('INVALID_MODEL', `${stored.path} has values that are no numbers`);
    }
  }
  const neighbors = estimator.get('n_neighbors').integer();
  if (neighbors < 1 || count < 1) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} asks for ${neighbors} neighbours of ${count} rows of training`,
    );
  }
  return {
    values,
    count,
    width,
    neighbors: Math.min(neighbors, count),
    isWeighted: weighsByDistance(estimator),
    // Until 1.6: those have no distance, and none of the weights that it would have been left out of.
    countsApart: sklearnMinor(estimator) < 6,
  };
}

/** Columns without any value at training are left out, or become 0. */
function keptColumns(graph: GraphBuilder, filled: GraphValue, donors: Donors, keepsEmpty: boolean): Features {
  const { values, count, width } = donors;
  const hasValues = Array.from({ length: width }, (_, column) => {
    for (let row = 0; row < count; row += 1) {
      if (!Number.isNaN(values[row * width + column])) return true;
    }
    return false;
  });
  if (keepsEmpty) {
    const zeroed = graph.op('Where', graph.bools(hasValues, [1, width]), filled, graph.real(0));
    return Features.made(graph, zeroed, width);
  }
  const kept = hasValues.flatMap((has, at) => (has ? [at] : []));
  return Features.made(graph, filled, width).select(kept);
}

function warn(estimator: Stored, { values, count, width, isWeighted }: Donors, scope: Scope): void {
  const present = values.map((value) => (Number.isNaN(value) ? 0 : value));
  const largest = Math.sqrt(largestSquare(present, width));
  if (isWeighted) {
    // Against neighbours that are as near as rows are that lie evenly along the one column that is shared.
    scope.loosen(
      count * Math.sqrt(LOST_DIGITS) * largest,
      `${estimator.label}: scikit-learn's own distances lose digits beside a row of training, where x² − 2xy + y² cancels`,
    );
  }
  if (isSingle(estimator.get('_fit_X'))) {
    scope.loosen(
      LOST_SINGLE_DIGITS * largest,
      `${estimator.label} was trained on float32, and scikit-learn averages whole columns in single precision`,
    );
  }
}
