import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { sklearnMinor } from '../sklearn-version.ts';
import { featureImportances, type Importances } from './feature-importances.ts';
import { selector } from './selector.ts';
import { takesMissing } from './takes-missing.ts';
import type { Mask } from './univariate-mask.ts';

/** Relative; what sums in another order differ by is far below. */
const NEAR = 1e-10;

/** The limit below which a column goes. */
interface Threshold {
  readonly value: number;
  /** Calculated of the importances, so that both may be a little off. */
  readonly isMean: boolean;
}

/** Columns whose importance to the inner estimator is not below the threshold, at most `max_features_` of them. */
export const selectFromModel: Converter = {
  limits: 'importances that trees or coefficients do not tell; columns whose importance is at the threshold',
  ...selector(maskOf, (estimator) => takesMissing(fittedPart(estimator))),
};

function fittedPart(estimator: Stored): Stored {
  return estimator.find('estimator_') ?? estimator.get('estimator');
}

function maskOf(estimator: Stored): Mask {
  const inner = fittedPart(estimator);
  const width = (estimator.find('n_features_in_') ?? inner.get('n_features_in_')).integer();
  const importances = featureImportances(estimator, inner, width);
  const { values } = importances;
  const threshold = thresholdOf(estimator, inner, values);
  refuseNear(estimator, importances, threshold);
  const most = mostOf(estimator);
  const order = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number));
  if (most !== null && most < width && !importances.isExact) {
    const [last, next] = [values[order[most - 1] ?? 0], values[order[most] ?? 0]] as [number, number];
    if (most > 0 && isNear(last, next)) throw undecidable(estimator, 'two columns');
  }
  const kept = new Set(order.slice(0, most ?? width));
  return Array.from(values, (value, at) => kept.has(at) && value >= threshold.value);
}

/** `null`: any number of columns. */
function mostOf(estimator: Stored): number | null {
  if (estimator.find('max_features') === null) return null;
  const most = (estimator.find('max_features_') ?? estimator.get('max_features')).integer();
  if (most >= 0) return most;
  throw new GatewayError('INVALID_MODEL', `${estimator.label} keeps ${most} columns`);
}

/** As `_calculate_threshold`. */
function thresholdOf(estimator: Stored, inner: Stored, values: Float64Array): Threshold {
  const parameter = estimator.find('threshold');
  if (parameter === null) {
    return isSparse(inner) ? { value: 1e-5, isMean: false } : { value: meanOf(values), isMean: true };
  }
  if (typeof parameter.value !== 'string') return { value: parameter.number(), isMean: false };
  const [, scale, reference] = /^(?:\s*([-+0-9.e]+)\s*\*\s*)?(mean|median)\s*$/.exec(parameter.value) ?? [];
  if (reference === undefined) throw new GatewayError('INVALID_MODEL', `${parameter.path} is no threshold`);
  const base = reference === 'mean' ? meanOf(values) : medianOf(values);
  return { value: scale === undefined ? base : Number(scale) * base, isMean: reference === 'mean' };
}

/** Whether the estimator was fitted so that most of its coefficients are zero. */
function isSparse(inner: Stored): boolean {
  const name = inner.className ?? '';
  const penalty = inner.find('penalty')?.value;
  const isOne = (attribute: string) => {
    const ratios = inner.find(attribute)?.numbers().values ?? [];
    return ratios.length > 0 && Array.from(ratios).every((ratio) => Math.abs(ratio - 1) <= 1e-8 + 1e-5);
  };
  if (penalty === 'l1' || name.includes('Lasso')) return true;
  if (name === 'ElasticNet') return isOne('l1_ratio');
  if (name === 'ElasticNetCV') return isOne('l1_ratio_');
  // Since 1.8 the penalty is told by the ratio.
  const isNew = sklearnMinor(inner) >= 8;
  if (isNew && name === 'LogisticRegression') return isOne('l1_ratio');
  return isNew && name === 'LogisticRegressionCV' && isOne('l1_ratio_');
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function medianOf(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const high = sorted[middle] as number;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] as number) + high) / 2;
}

/** Importances are not kept, and calculated again they may be off in the last place: too little to tell these apart. */
function refuseNear(estimator: Stored, { values, isExact }: Importances, { value, isMean }: Threshold): void {
  if (isExact && !isMean) return;
  const isUnclear =
    values.length > 1 && values.some((size) => isNear(size, value) && (isMean || size !== value));
  if (isUnclear) throw undecidable(estimator, 'a column and the threshold');
}

function isNear(a: number, b: number): boolean {
  const isApart = !Number.isFinite(a) || !Number.isFinite(b) || (a === 0 && b === 0);
  return !isApart && Math.abs(a - b) <= NEAR * Math.max(Math.abs(a), Math.abs(b));
}

function undecidable(estimator: Stored, what: string): GatewayError {
  return new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label}: the importances of ${what} are too close to each other to tell which columns were selected`,
  );
}
