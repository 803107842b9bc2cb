import type { Engine } from '../engine/engine.ts';
import { Deadline } from '../inference/deadline.ts';
import type { BatchObservation, Inference } from '../inference/inference.ts';
import { PlacedInference } from '../inference/placed-inference.ts';
import { INLINE_RUN_MS } from './decide-placement.ts';
import type { InferenceLoader, InferenceOrder } from './inference-loader.ts';

export interface EngineLoaderParts {
  readonly engine: Engine;
  readonly onBatch: (route: string, version: string, batch: BatchObservation) => void;
}

/** Loads into the engine of this process, and runs one row, which is not told as a batch. */
export class EngineLoader implements InferenceLoader {
  readonly #parts: EngineLoaderParts;

  constructor(parts: EngineLoaderParts) {
    this.#parts = parts;
  }

  async load(order: InferenceOrder, signal: AbortSignal): Promise<Inference> {
    const { engine, onBatch } = this.#parts;
    const { route, version, graph, placement, verdict, policy, signature, warmUpRow } = order;
    let isWarm = false;
    const inference = await PlacedInference.load(
      {
        engine,
        graph,
        placement: placement.placement,
        oneRowMs: verdict.runMs ?? INLINE_RUN_MS,
        shareBatches: policy.batching && verdict.canShareBatches && signature.fixedRows === null,
        onBatch: (batch) => {
          if (isWarm) onBatch(route, version.version, batch);
        },
      },
      signal,
    );
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => inference.close());
    if (warmUpRow !== null) await inference.infer(warmUpRow, warmUpRow[0]?.dims[0] ?? 1, Deadline.NEVER);
    signal.throwIfAborted();
    isWarm = true;
    cleanup.move();
    return inference;
  }
}
