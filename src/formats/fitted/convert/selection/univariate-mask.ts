import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';

/** Which columns a selector keeps, from what it found out of each; scikit-learn keeps no mask. */
export type Mask = readonly boolean[];

const LEAST = -Number.MAX_VALUE;

/** The `k` best; of equal scores the later columns. */
export function bestMask(estimator: Stored, k: Stored): Mask {
  const scores = scoresOf(estimator);
  if (k.value === 'all') return scores.map(() => true);
  const count = k.integer();
  // The sort is stable, as numpy's merge sort.
  const order = [...scores.keys()].sort((a, b) => (scores[a] as number) - (scores[b] as number));
  const kept = new Set(count === 0 ? [] : order.slice(-count));
  return scores.map((_, at) => kept.has(at));
}

/** The best hundredths; of scores that equal the limit the earlier columns, as many as there is room for. */
export function percentileMask(estimator: Stored, parameter: Stored): Mask {
  const scores = scoresOf(estimator);
  const percentile = parameter.number();
  if (percentile === 100 || percentile === 0) return scores.map(() => percentile === 100);
  const limit = percentileOf(scores, 100 - percentile);
  const isAbove = scores.map((score) => score > limit);
  const ties = [...scores.keys()].filter((at) => scores[at] === limit);
  const room = Math.trunc((scores.length * percentile) / 100) - isAbove.filter(Boolean).length;
  const kept = new Set(ties.slice(0, room));
  return isAbove.map((above, at) => above || kept.has(at));
}

/** `SelectFpr`: p-values below alpha. */
export function falsePositiveMask(estimator: Stored, alpha: Stored): Mask {
  const limit = alpha.number();
  return pValuesOf(estimator).map((value) => value < limit);
}

/** `SelectFdr`: the procedure of Benjamini and Hochberg. */
export function falseDiscoveryMask(estimator: Stored, alpha: Stored): Mask {
  const values = pValuesOf(estimator);
  const step = alpha.number() / values.length;
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const selected = sorted.filter((value, at) => value <= step * (at + 1));
  const most = selected.at(-1);
  return values.map((value) => most !== undefined && value <= most);
}

/** `SelectFwe`: p-values below alpha divided by their number. */
export function familyWiseMask(estimator: Stored, alpha: Stored): Mask {
  const values = pValuesOf(estimator);
  const limit = alpha.number() / values.length;
  return values.map((value) => value < limit);
}

/** NaN is the least of all scores. */
function scoresOf(estimator: Stored): number[] {
  return Array.from(estimator.get('scores_').numbersOfShape(-1).values, (score) =>
    Number.isNaN(score) ? LEAST : score,
  );
}

function pValuesOf(estimator: Stored): number[] {
  const stored = estimator.get('pvalues_');
  const values = [...stored.numbersOfShape(-1).values];
  if (values.length > 0) return values;
  throw new GatewayError('INVALID_MODEL', `${stored.path} is empty`);
}

/** As `numpy.percentile`, linear between neighbours, with numpy's own order of operations. */
function percentileOf(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  const share = position - below;
  return share >= 0.5 ? high - (high - low) * (1 - share) : low + (high - low) * share;
}
