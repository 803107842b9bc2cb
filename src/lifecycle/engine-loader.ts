import type { Engine } from '../engine/engine.ts';
import type { BatchObservation, Inference } from '../inference/inference.ts';
import type { SampleRows } from '../inference/measure-cost.ts';
import { PlacedInference } from '../inference/placed-inference.ts';
import { INLINE_RUN_MS } from '../inference/placement-review.ts';
import type { TensorData } from '../model/tensor.ts';
import type { InferenceLoader, InferenceOrder, ReserveCopy } from './inference-loader.ts';
import { repeatRow } from './warm-up-rows.ts';

export interface EngineLoaderParts {
  readonly engine: Engine;
  readonly onBatch: (route: string, version: string, batch: BatchObservation) => void;
}

/** Loads into the engine of this process, warms up there and measures, which is not told as batches. */
export class EngineLoader implements InferenceLoader {
  readonly #parts: EngineLoaderParts;

  constructor(parts: EngineLoaderParts) {
    this.#parts = parts;
  }

  load(order: InferenceOrder, reserve: ReserveCopy, signal: AbortSignal): Promise<Inference> {
    const { engine, onBatch } = this.#parts;
    const { route, version, graph, placement, verdict, policy, signature } = order;
    const shareBatches = policy.batching && verdict.canShareBatches && signature.fixedRows === null;
    return PlacedInference.load(
      {
        engine,
        graph,
        placement: placement.placement,
        mayMove: placement.mayMove,
        oneRowMs: verdict.runMs ?? INLINE_RUN_MS,
        sample: sampleRows(order, shareBatches),
        shareBatches,
        reserve,
        onBatch: (batch) => onBatch(route, version.version, batch),
      },
      signal,
    );
  }
}

/** `null` if no row can be made. */
function sampleRows({ warmUpRow, signature }: InferenceOrder, hasMany: boolean): SampleRows | null {
  if (warmUpRow === null) return null;
  // A fixed number of rows stands in the warm-up row already.
  const copy = () => warmUpRow.map((tensor) => ({ ...tensor, data: tensor.data.slice() as TensorData }));
  return { hasMany, make: (rows) => (signature.fixedRows === null ? repeatRow(warmUpRow, rows) : copy()) };
}
