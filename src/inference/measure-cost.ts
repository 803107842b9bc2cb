import type { Session } from '../engine/engine.ts';
import type { Tensor } from '../model/tensor.ts';
import { costOf, type RunCost } from './cost-model.ts';

/** A run is repeated so often, and for so long in milliseconds, at most: a busy machine lengthens most of them. */
const REPEATS = 20;
const REPEATS_LIMIT_MS = 20;
const MOST_ROWS = 32;
/** What a run of several rows may take, in milliseconds. */
const INLINE_BUDGET_MS = 2;
const WORKER_BUDGET_MS = 50;

/** Rows to measure with. */
export interface SampleRows {
  /** A graph that takes a fixed number of rows, or is not to share batches, is measured with one row alone. */
  readonly hasMany: boolean;
  /** Makes `rows` rows (as many as the graph insists on) anew, because a run takes them over. */
  readonly make: (rows: number) => readonly Tensor[];
}

/**
 * Warms a session up and measures, where it is going to run, what one row and what several cost.
 *
 * @param oneRowMs what one row cost in the trial; it counts if it is less, for the same reason.
 * @throws GatewayError INFERENCE_FAILED if the runs fail; the signal's reason between them.
 */
export async function measureCost(
  session: Session,
  { sample, oneRowMs: trialMs }: { readonly sample: SampleRows; readonly oneRowMs: number },
  signal: AbortSignal,
): Promise<RunCost> {
  const oneRowMs = Math.min(trialMs, await shortestRunMs(session, () => sample.make(1), signal));
  const budgetMs = session.placement === 'inline' ? INLINE_BUDGET_MS : WORKER_BUDGET_MS;
  const rows = Math.min(MOST_ROWS, Math.floor(budgetMs / oneRowMs));
  if (!sample.hasMany || rows < 2) return costOf(oneRowMs, 1, oneRowMs);
  return costOf(oneRowMs, rows, await shortestRunMs(session, () => sample.make(rows), signal));
}

/** The shortest, because what disturbs a run only lengthens it. */
async function shortestRunMs(
  session: Session,
  make: () => readonly Tensor[],
  signal: AbortSignal,
): Promise<number> {
  let shortestMs = Number.POSITIVE_INFINITY;
  let sumMs = 0;
  for (let run = 0; run < REPEATS && sumMs < REPEATS_LIMIT_MS; run++) {
    await session.run(make());
    signal.throwIfAborted();
    shortestMs = Math.min(shortestMs, session.lastRunMs);
    sumMs += session.lastRunMs;
  }
  return shortestMs;
}
