/**
 * How many rows fit into a time budget, learnt from what runs have cost.
 *
 * Starts from the measured cost of one row, which bounds the cost of each further row from above (the fixed part of
 * a run is in it), and lets batches of at least `INFORMATIVE_ROWS` correct it.
 */
export class RowBudget {
  static readonly INFORMATIVE_ROWS = 16;
  static readonly #SMOOTHING = 0.1;
  /** A row is never taken to cost less, in milliseconds: a coarse clock may see no time pass at all. */
  static readonly #MIN_ROW_MS = 0.000_1;

  readonly #budgetMs: number;
  #rowMs: number;

  /**
   * @param budgetMs what one run may cost, in milliseconds.
   * @param oneRowMs the measured cost of a run with one row, in milliseconds.
   */
  constructor(budgetMs: number, oneRowMs: number) {
    this.#budgetMs = budgetMs;
    this.#rowMs = Math.max(oneRowMs, RowBudget.#MIN_ROW_MS);
  }

  /** At least 1. */
  get maxRows(): number {
    return Math.max(1, Math.floor(this.#budgetMs / this.#rowMs));
  }

  observe(rows: number, runMs: number): void {
    if (rows < RowBudget.INFORMATIVE_ROWS) return;
    const learnt = this.#rowMs + RowBudget.#SMOOTHING * (runMs / rows - this.#rowMs);
    this.#rowMs = Math.max(learnt, RowBudget.#MIN_ROW_MS);
  }
}
