import type { Stored } from '../values/stored.ts';
import { findConverter } from './converters.ts';

/** What an estimator tells of the data that it was trained on. */
export interface EstimatorInputs {
  /** Number of columns; `null` if nothing tells it. */
  readonly width: number | null;
  /** Names of the columns in training order; `null` if it was trained on an array. */
  readonly names: readonly string[] | null;
  /** Whether it takes columns in their order, whatever they are called. */
  readonly isByPosition?: boolean;
}

/** Attributes under which a composition holds the part that sees the data first. */
const FIRST_PARTS = [
  'best_estimator_',
  'steps',
  'transformer_list',
  'estimator_',
  'regressor_',
  'estimators_',
  'estimators',
  'estimator',
];
const MAX_DEPTH = 50;

/** Compositions do not know it themselves: their first part is asked, and its first part, until one does. */
export function inputsOf(estimator: Stored, depth = 0): EstimatorInputs {
  const own = findConverter(estimator)?.inputs;
  if (own !== undefined) return own(estimator);
  const names = estimator.find('feature_names_in_');
  const width = estimator.find('n_features_in_');
  if (width !== null) {
    return { width: width.integer(), names: names?.items().map((name) => name.text()) ?? null };
  }
  const first = depth < MAX_DEPTH ? firstPart(estimator) : null;
  return first === null ? { width: null, names: null } : inputsOf(first, depth + 1);
}

/** The part of a composition that sees the data first; `null` if it is none. */
export function firstPart(estimator: Stored): Stored | null {
  for (const attribute of FIRST_PARTS) {
    const part = estimator.find(attribute);
    const first = part && firstEstimator(part);
    if (first !== null) return first;
  }
  return null;
}

/** The first object in a list of objects or of (name, object) pairs, or the object itself. */
function firstEstimator(part: Stored): Stored | null {
  if (part.typeName !== null) return part;
  for (const item of part.isList ? part.items() : []) {
    const candidate = item.typeName === null && item.isList ? item.items()[1] : item;
    if (candidate?.isObject) return candidate;
  }
  return null;
}
