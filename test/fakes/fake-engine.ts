import type { Engine, Placement, Session } from '../../src/engine/engine.ts';
import { GatewayError } from '../../src/errors.ts';
import type { Graph } from '../../src/model/graph.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { addBias } from './add-bias.ts';
import { HeldOperation, HeldOperations } from './held-operations.ts';

/** A load that waits for the test. */
export class FakeLoad extends HeldOperation<Session> {
  readonly graph: Graph;
  readonly placement: Placement;
  readonly signal: AbortSignal;
  readonly session: FakeSession;

  constructor(session: FakeSession, signal: AbortSignal) {
    super(signal);
    this.graph = session.graph;
    this.placement = session.placement;
    this.signal = signal;
    this.session = session;
  }

  /** Ends the load. The session's runs add `bias` to the sum of each row. */
  resolve(bias?: number): FakeSession {
    if (bias !== undefined) this.session.bias = bias;
    this.finish(this.session);
    return this.session;
  }

  reject(error: unknown = new GatewayError('INVALID_MODEL', 'the runtime refuses the graph')): void {
    this.fail(error);
  }
}

/** A run that waits for the test. */
export class FakeRun extends HeldOperation<readonly Tensor[]> {
  readonly inputs: readonly Tensor[];
  readonly #session: FakeSession;

  constructor(session: FakeSession, inputs: readonly Tensor[]) {
    super();
    this.#session = session;
    this.inputs = inputs;
  }

  /** Ends the run, with the computed outputs unless others are given. */
  resolve(outputs?: readonly Tensor[]): void {
    this.finish(outputs ?? addBias(this.#session.graph, this.inputs, this.#session.bias));
  }

  reject(error: unknown = new GatewayError('INFERENCE_FAILED', 'the run failed')): void {
    this.fail(error);
  }
}

export class FakeSession implements Session {
  readonly graph: Graph;
  readonly placement: Placement;
  bias: number;
  /** True: a run waits in `runs` until the test ends it. */
  holdsRuns: boolean;
  /** What its runs are said to take, in milliseconds. */
  costMs: (rows: number) => number = () => 0.01;
  lastRunMs = 0;
  isHealthy = true;
  closeCalls = 0;
  /** Closed, and no run in flight. */
  isReleased = false;
  readonly #runs = new HeldOperations<FakeRun>();

  constructor(graph: Graph, placement: Placement, options: { holdsRuns: boolean; bias: number }) {
    this.graph = graph;
    this.placement = placement;
    this.holdsRuns = options.holdsRuns;
    this.bias = options.bias;
  }

  get runs(): readonly FakeRun[] {
    return this.#runs.all;
  }

  nextRun(): Promise<FakeRun> {
    return this.#runs.next();
  }

  requestTurn(onTurn: (budgetMs: number) => void): void {
    setImmediate(onTurn, this.placement === 'inline' ? 2 : Number.POSITIVE_INFINITY);
  }

  async run(inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
    if (this.closeCalls > 0) throw new GatewayError('INFERENCE_FAILED', 'the session is closed');
    const run = new FakeRun(this, inputs);
    this.#runs.add(run);
    if (!this.holdsRuns) run.resolve();
    const outputs = await run.result;
    this.lastRunMs = this.costMs(inputs[0]?.dims[0] ?? 1);
    return outputs;
  }

  async close(): Promise<void> {
    this.closeCalls += 1;
    await Promise.allSettled(this.runs.map((run) => run.result));
    this.isReleased = true;
  }
}

export interface FakeEngineOptions {
  readonly threads?: number;
  /** False: loads end at once. */
  readonly holdsLoads?: boolean;
  /** True: runs wait in `session.runs`. */
  readonly holdsRuns?: boolean;
  /** What the runs of a graph's session add; 0 by default. */
  readonly bias?: (graph: Graph) => number;
  /** Graphs that a load which is not held refuses with INVALID_MODEL. */
  readonly refuses?: (graph: Graph) => boolean;
}

/** An engine whose loads end when the test says so: `engine.loads[0].resolve()`, or `(await engine.nextLoad()).resolve()`. */
export class FakeEngine implements Engine {
  isHealthy = true;
  isClosed = false;
  readonly threads: number;
  readonly #loads = new HeldOperations<FakeLoad>();
  readonly #options: FakeEngineOptions;

  constructor(options: FakeEngineOptions = {}) {
    this.#options = options;
    this.threads = options.threads ?? 1;
  }

  get loads(): readonly FakeLoad[] {
    return this.#loads.all;
  }

  /** Sessions of the loads that succeeded, in the order of the calls. */
  get openSessions(): readonly FakeSession[] {
    return this.loads
      .filter((load) => load.state === 'finished' && load.session.closeCalls === 0)
      .map((load) => load.session);
  }

  nextLoad(): Promise<FakeLoad> {
    return this.#loads.next();
  }

  async load(graph: Graph, placement: Placement, signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted();
    if (this.isClosed) throw new GatewayError('SHUTTING_DOWN', 'the engine is closed');
    const { holdsLoads = true, holdsRuns = false, bias, refuses } = this.#options;
    const session = new FakeSession(graph, placement, { holdsRuns, bias: bias?.(graph) ?? 0 });
    const load = new FakeLoad(session, signal);
    this.#loads.add(load);
    if (!holdsLoads) {
      if (refuses?.(graph)) load.reject();
      else load.resolve();
    }
    return load.result;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.openSessions.map((session) => session.close()));
  }
}
