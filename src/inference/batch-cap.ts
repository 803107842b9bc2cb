import type { CostModel } from './cost-model.ts';

/** What an inline run may take of the event loop, in milliseconds, as a rule. */
const INLINE_BATCH_MS = 2;

/**
 * What one batch on a worker should take at most, in milliseconds: so long another model may have to wait for its turn
 * on the thread. Longer ones would gain nothing, because the fixed part of a run is a hundredth of that or less.
 */
const WORKER_RUN_MS = 20;

/** Where the fixed part of a run is large, a batch may take so many times as long: then most of it is rows all the same. */
const WORKER_FIXED_PARTS = 4;

/** Bounds the memory of one batch where rows cost next to nothing. */
const MOST_ROWS = 16_384;

/** The most rows of an inline batch. @param budgetMs what it may take of the event loop in its turn. */
export function inlineBatchRows(cost: CostModel, budgetMs = INLINE_BATCH_MS): number {
  return Math.min(MOST_ROWS, cost.rowsWithin(budgetMs));
}

/** The most rows of a batch on a worker. */
export function workerBatchRows(cost: CostModel): number {
  return Math.min(MOST_ROWS, cost.rowsWithin(Math.max(WORKER_RUN_MS, WORKER_FIXED_PARTS * cost.fixedMs)));
}
