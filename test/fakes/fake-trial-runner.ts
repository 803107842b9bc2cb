import type { TrialReport, TrialRun, TrialRunner } from '../../src/engine/engine.ts';
import { GatewayError } from '../../src/errors.ts';
import type { Graph } from '../../src/model/graph.ts';
import { addBias } from './add-bias.ts';
import { HeldOperation, HeldOperations } from './held-operations.ts';

/** A trial that waits for the test. */
export class FakeTrial extends HeldOperation<TrialReport> {
  readonly graph: Graph;
  readonly runs: readonly TrialRun[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;

  constructor(graph: Graph, runs: readonly TrialRun[], timeoutMs: number, signal: AbortSignal) {
    super(signal);
    this.graph = graph;
    this.runs = runs;
    this.timeoutMs = timeoutMs;
    this.signal = signal;
  }

  /** Ends the trial: cheap enough to be placed inline and every run answered, unless `report` says otherwise. */
  resolve(report: Partial<TrialReport> = {}): void {
    this.finish({
      loadMs: 1,
      runMs: 0.1,
      memoryBytes: 1_000_000,
      runs: this.runs.map((run) => ({ outputs: addBias(this.graph, run.inputs, 0) })),
      ...report,
    });
  }

  reject(error: unknown = new GatewayError('LOAD_CRASHED', 'the trial process died of SIGSEGV')): void {
    this.fail(error);
  }
}

/** Trials end when the test says so, or at once with `holdsTrials: false`. */
export class FakeTrialRunner implements TrialRunner {
  isClosed = false;
  holdsTrials: boolean;
  /** What trials that are not held find, over what they find by default. */
  report: Partial<TrialReport>;
  readonly #trials = new HeldOperations<FakeTrial>();

  constructor(options: { readonly holdsTrials?: boolean; readonly report?: Partial<TrialReport> } = {}) {
    this.holdsTrials = options.holdsTrials ?? true;
    this.report = options.report ?? {};
  }

  get trials(): readonly FakeTrial[] {
    return this.#trials.all;
  }

  nextTrial(): Promise<FakeTrial> {
    return this.#trials.next();
  }

  async try(
    graph: Graph,
    runs: readonly TrialRun[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<TrialReport> {
    signal.throwIfAborted();
    const trial = new FakeTrial(graph, runs, timeoutMs, signal);
    this.#trials.add(trial);
    if (!this.holdsTrials) trial.resolve(this.report);
    return trial.result;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const closed = new GatewayError('SHUTTING_DOWN', 'the trial runner is closed');
    for (const trial of this.trials) if (trial.state === 'held') trial.reject(closed);
  }
}
