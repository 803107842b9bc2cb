import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Metric, Points } from '../distances.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';

/** Each row of a request is compared with every number of it. */
const MAX_NUMBERS = 50_000_000 / 8;

/** What is refused of every class that compares rows with those of its training. */
export const NEIGHBOR_LIMITS =
  'metrics other than minkowski, euclidean, manhattan, chebyshev and cosine; weights that are a function; more than 50 MB of training rows. Among rows at equal distance the first of the training counts';

/**
 * The rows that it was trained on (`_fit_X`); trees over them only make scikit-learn's search faster.
 *
 * @throws GatewayError UNSUPPORTED_MODEL if there are too many, or they are sparse.
 */
export function trainingPoints(estimator: Stored, width: number): Points {
  const stored = estimator.get('_fit_X');
  if (stored.isObject) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${stored.path} of ${estimator.label} is sparse (${stored.typeName}), and only arrays are read; fit the estimator on an array`,
    );
  }
  const [rows = 0] = stored.shape();
  if (rows * width > MAX_NUMBERS) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} compares each row with ${rows} rows of training of ${width} columns, which are more than 50 MB; ${EXPORT_INSTEAD}`,
    );
  }
  return { values: stored.numbersOfShape(-1, width).values, count: rows, width };
}

/** The metric that was settled on while fitting. @throws GatewayError UNSUPPORTED_MODEL if it is another one. */
export function metricOf(estimator: Stored, width: number): Metric {
  const stored = estimator.get('effective_metric_');
  switch (stored.value) {
    case 'euclidean':
    case 'l2':
      return { kind: 'euclidean' };
    case 'manhattan':
    case 'cityblock':
    case 'l1':
      return { kind: 'manhattan' };
    case 'chebyshev':
    case 'infinity':
      return { kind: 'chebyshev' };
    case 'cosine':
      return { kind: 'cosine' };
    case 'minkowski':
    case 'p':
      return minkowski(estimator, width);
    default:
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} has the metric ${typeof stored.value === 'string' ? `"${stored.value}"` : 'of a function'}, which is not converted; ${EXPORT_INSTEAD}`,
      );
  }
}

function minkowski(estimator: Stored, width: number): Metric {
  const parameters = new Map(
    estimator
      .get('effective_metric_params_')
      .entries()
      .map(({ key, value }) => [key.value, value]),
  );
  const weights = parameters.get('w');
  return {
    kind: 'minkowski',
    power: parameters.get('p')?.number() ?? 2,
    weights: weights === undefined || weights.isNone ? null : weights.numbersOfShape(width).values,
  };
}
