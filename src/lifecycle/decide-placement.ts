import { INLINE_RUN_MS } from '../inference/placement-review.ts';
import type { ModelPolicy } from './model-policy.ts';
import type { PlacementDecision } from './servable.ts';

/** What a load may take of the event loop, in milliseconds. */
const INLINE_LOAD_MS = 20;

/** Where a version runs: where its model's policy says, else by what the trial measured (both in milliseconds). */
export function decidePlacement(
  { loadMs, runMs }: Pick<PlacementDecision, 'loadMs' | 'runMs'>,
  wanted: ModelPolicy['placement'],
): PlacementDecision {
  const mayMove = wanted === 'auto' && loadMs <= INLINE_LOAD_MS;
  const oneRow = runMs === null ? 'not measured' : `${runMs.toFixed(3)} ms`;
  const figures = `load ${loadMs.toFixed(1)} ms, one row ${oneRow}`;
  if (wanted !== 'auto')
    return { placement: wanted, reason: `set for this model; ${figures}`, mayMove, loadMs, runMs };
  const isCheap = loadMs <= INLINE_LOAD_MS && runMs !== null && runMs <= INLINE_RUN_MS;
  const why = isCheap ? 'a hop to a thread would cost more than the run' : 'too heavy for the event loop';
  const limits = `limits for inline: ${INLINE_LOAD_MS} ms and ${INLINE_RUN_MS} ms`;
  return {
    placement: isCheap ? 'inline' : 'worker',
    reason: `${why}: ${figures} (${limits})`,
    mayMove,
    loadMs,
    runMs,
  };
}
