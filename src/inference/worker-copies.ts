import type { Engine, Session } from '../engine/engine.ts';
import { GatewayError } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import { workerBatchRows } from './batch-cap.ts';
import { Batcher } from './batcher.ts';
import type { CostModel } from './cost-model.ts';
import type { BatchObservation } from './inference.ts';

/** A further copy is loaded when at every end of a run, for so long, a whole batch was waiting, in milliseconds. */
const BACKLOG_MS = 500;
/** Further copies, and the copy of a graph that also runs inline, are given back after so long without a run. */
const UNUSED_MS = 300_000;
const CHECK_INTERVAL_MS = 60_000;
/** After a load that failed the next is not tried for so long, in milliseconds. */
const LOAD_PAUSE_MS = 10_000;

export interface WorkerCopiesOptions {
  readonly engine: Engine;
  readonly graph: Graph;
  readonly cost: CostModel;
  readonly shareBatches: boolean;
  /** How many copies are kept when nothing runs: 0 where the graph also runs inline, else 1. */
  readonly leastCopies: number;
  /** Takes the memory of one more copy. @returns gives it back; `null`: there is not enough. */
  readonly reserve: () => (() => void) | null;
  readonly onBatch: (batch: BatchObservation) => void;
}

/**
 * The copies of one graph on worker threads and the queue before them. One more is loaded while whole batches wait and
 * memory is there, at most one for each thread; what is not used, or cannot run any more, is given back.
 */
export class WorkerCopies {
  readonly #options: WorkerCopiesOptions;
  readonly #batcher: Batcher;
  readonly #releases = new Map<Session, () => void>();
  #loading: Promise<void> | null = null;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #backlogSince: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: WorkerCopiesOptions) {
    this.#options = options;
    const { cost } = options;
    this.#batcher = new Batcher({
      cost,
      shareBatches: options.shareBatches,
      maxBatchRows: () => workerBatchRows(cost),
      onBatch: (batch) => {
        this.#watchBacklog();
        options.onBatch(batch);
      },
    });
  }

  get batcher(): Batcher {
    return this.#batcher;
  }

  get isLoaded(): boolean {
    return this.#batcher.sessionCount > 0;
  }

  /** Takes over a copy that was loaded elsewhere; its memory is somebody else's. */
  adopt(session: Session): void {
    this.#releases.set(session, () => {});
    this.#batcher.add(session);
    this.#timer ??= setInterval(() => void this.#giveBack(), CHECK_INTERVAL_MS).unref();
  }

  /**
   * Loads one more copy. Calls while one is being loaded wait for that.
   *
   * @throws GatewayError MODEL_OVERLOADED: no memory, or a load failed a moment ago; INFERENCE_FAILED: it failed.
   */
  load(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#loading?.catch(() => null); // a copy that failed to load has nothing to close
    if (this.#timer !== null) clearInterval(this.#timer); // only now: a copy that comes late starts it
    await Promise.all([...this.#releases.keys()].map((session) => this.#drop(session)));
  }

  async #load(): Promise<void> {
    if (this.#closing !== null) throw new GatewayError('INFERENCE_FAILED', 'the model is closed');
    const release = performance.now() < this.#pausedUntil ? null : this.#options.reserve();
    if (release === null) {
      throw new GatewayError('MODEL_OVERLOADED', 'there is no memory for one more copy of the model');
    }
    const { engine, graph } = this.#options;
    try {
      const session = await engine.load(graph, 'worker', new AbortController().signal);
      this.adopt(session);
      this.#releases.set(session, release);
    } catch (error) {
      release();
      this.#pausedUntil = performance.now() + LOAD_PAUSE_MS;
      // Another copy of the same graph serves, so this is no fault of the version.
      const message = 'one more copy of the model did not load';
      throw new GatewayError('INFERENCE_FAILED', message, { cause: error });
    }
  }

  /** At the end of a run. */
  #watchBacklog(): void {
    const now = performance.now();
    if (!this.#batcher.hasBacklog) this.#backlogSince = null;
    else this.#backlogSince ??= now;
    if (this.#backlogSince === null || now - this.#backlogSince < BACKLOG_MS) return;
    this.#backlogSince = null;
    if (this.#batcher.sessionCount >= this.#options.engine.threads || this.#closing !== null) return;
    this.load().catch(() => {}); // it goes on with the copies that there are
  }

  async #giveBack(): Promise<void> {
    for (let broken = this.#batcher.removeBroken(); broken !== null; broken = this.#batcher.removeBroken()) {
      await this.#drop(broken);
    }
    const since = performance.now() - UNUSED_MS;
    while (this.#batcher.sessionCount > this.#options.leastCopies) {
      const session = this.#batcher.removeUnused(since);
      if (session === null) return;
      await this.#drop(session);
    }
  }

  async #drop(session: Session): Promise<void> {
    const release = this.#releases.get(session);
    this.#releases.delete(session);
    await session.close();
    release?.();
  }
}
