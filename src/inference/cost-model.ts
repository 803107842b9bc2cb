/** What a run costs: `fixedMs + rowMs · rows`, in milliseconds. */
export interface RunCost {
  readonly fixedMs: number;
  readonly rowMs: number;
}

/** Costs are never taken to be less, in milliseconds: a coarse clock may see no time pass at all. */
const LEAST_MS = 1e-4;
const LEAST_ROW_MS = 1e-7;
/** Variance of one measurement, relative to the cost; that of a quiet machine is less. */
const NOISE = 0.05;
/** How far the two parameters may have moved between two runs, relative to the cost: how fast drift is followed. */
const DRIFT = 0.03;
/** A run that took longer than expected counts at most as if it had taken so many times as long. */
const MOST_SURPRISE = 2;

/**
 * Fits `RunCost` to what runs have taken, run by run: a Kalman filter over the two parameters, whose errors are taken
 * relative to the cost, because those of long runs are larger. A pause of the collector or of the machine lengthens a
 * single run many times over, so a surprise upwards is cut; real drift shows again and again and is followed.
 *
 * Invariant: costs are finite, positive and do not fall with the rows.
 */
export class CostModel implements RunCost {
  #fixedMs: number;
  #rowMs: number;
  /** Covariance of the two parameters. */
  #fixedVariance: number;
  #rowVariance: number;
  #covariance = 0;

  constructor({ fixedMs, rowMs }: RunCost) {
    this.#fixedMs = Math.max(fixedMs, 0);
    this.#rowMs = Math.max(rowMs, LEAST_ROW_MS);
    const one = this.costMs(1);
    this.#fixedVariance = (0.3 * one) ** 2;
    this.#rowVariance = (0.5 * this.#rowMs) ** 2;
  }

  get fixedMs(): number {
    return this.#fixedMs;
  }

  get rowMs(): number {
    return this.#rowMs;
  }

  /** Of one run, in milliseconds. */
  costMs(rows: number): number {
    return Math.max(this.#fixedMs + this.#rowMs * rows, LEAST_MS);
  }

  /** The most rows of a run that costs at most `ms`; at least 1. */
  rowsWithin(ms: number): number {
    return Math.max(1, Math.floor((ms - this.#fixedMs) / this.#rowMs));
  }

  /** @param ms what a run of `rows` took. */
  observe(rows: number, ms: number): void {
    const expected = this.costMs(rows);
    // Regressors and measurement in units of the expected cost.
    const perFixed = 1 / expected;
    const perRow = rows / expected;
    const surprise = Math.min(ms / expected, MOST_SURPRISE) - 1;
    if (!(surprise >= -1)) return;
    this.#drift(expected, rows);
    const fixedShare = this.#fixedVariance * perFixed + this.#covariance * perRow;
    const rowShare = this.#covariance * perFixed + this.#rowVariance * perRow;
    const variance = NOISE + fixedShare * perFixed + rowShare * perRow;
    this.#fixedMs = Math.max(0, this.#fixedMs + (fixedShare / variance) * surprise);
    this.#rowMs = Math.max(LEAST_ROW_MS, this.#rowMs + (rowShare / variance) * surprise);
    this.#fixedVariance -= (fixedShare * fixedShare) / variance;
    this.#rowVariance -= (rowShare * rowShare) / variance;
    this.#covariance -= (fixedShare * rowShare) / variance;
  }

  /** Doubt grows from run to run, up to a bound: runs that are all alike say nothing about one of two directions. */
  #drift(expected: number, rows: number): void {
    const fixedStep = (DRIFT * Math.max(this.#fixedMs, 0.1 * expected)) ** 2;
    const rowStep = (DRIFT * Math.max(this.#rowMs, (0.1 * expected) / rows)) ** 2;
    const fixedMost = 400 * fixedStep;
    const rowMost = 400 * rowStep;
    const fixed = Math.min(this.#fixedVariance + fixedStep, fixedMost);
    const row = Math.min(this.#rowVariance + rowStep, rowMost);
    // The correlation stays what it was, so that the matrix stays positive.
    const scale = Math.sqrt((fixed * row) / (this.#fixedVariance * this.#rowVariance || 1));
    this.#covariance *= Math.min(scale, 1);
    this.#fixedVariance = Math.max(fixed, 0);
    this.#rowVariance = Math.max(row, 0);
  }
}

/** The cost that a run of one row and a run of `rows` rows show, each in milliseconds. */
export function costOf(oneRowMs: number, rows: number, ms: number): RunCost {
  if (rows <= 1) return { fixedMs: 0, rowMs: oneRowMs };
  const rowMs = Math.max((ms - oneRowMs) / (rows - 1), LEAST_ROW_MS);
  return { fixedMs: Math.max(oneRowMs - rowMs, 0), rowMs };
}
