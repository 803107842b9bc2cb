import { formatModelUri, type ModelUri } from '../../src/model/model-uri.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';
import type { ModelRegistry, PointerState, Resolution } from '../../src/registry/model-registry.ts';
import { HeldOperation, HeldOperations } from './held-operations.ts';

/** A registry read that waits for the test. */
export class FakeRead<Result> extends HeldOperation<Result> {
  readonly uris: readonly ModelUri[];
  readonly signal: AbortSignal;
  readonly #answer: () => Result;

  constructor(uris: readonly ModelUri[], signal: AbortSignal, answer: () => Result) {
    super(signal);
    this.uris = uris;
    this.signal = signal;
    this.#answer = answer;
  }

  /** Ends the read, with what the registry holds now unless another answer is given. */
  resolve(result?: Result): void {
    this.finish(result ?? this.#answer());
  }

  reject(error: unknown): void {
    this.fail(error);
  }
}

/**
 * A registry in memory. `point('iris', version)` sets what every pointer of a model names; `null` takes it away. Polls
 * and direct reads end at once unless they are held; `outage` lets them fail.
 */
export class FakeRegistry implements ModelRegistry {
  readonly id = 'http://registry';
  outage: unknown = null;
  holdsPolls = false;
  holdsReads = false;
  isClosed = false;
  readonly #states = new Map<string, PointerState>();
  readonly #polls = new HeldOperations<FakeRead<readonly Resolution[]>>();
  readonly #reads = new HeldOperations<FakeRead<PointerState>>();
  readonly #versions = new Map<string, ModelVersion>();

  /** All polls so far, in order. */
  get polls(): readonly FakeRead<readonly Resolution[]>[] {
    return this.#polls.all;
  }

  get reads(): readonly FakeRead<PointerState>[] {
    return this.#reads.all;
  }

  nextPoll(): Promise<FakeRead<readonly Resolution[]>> {
    return this.#polls.next();
  }

  nextRead(): Promise<FakeRead<PointerState>> {
    return this.#reads.next();
  }

  /** What the pointers of a model name. */
  point(name: string, version: ModelVersion | null, notes: readonly string[] = []): void {
    if (version === null) this.#states.delete(name);
    else {
      this.register(version);
      this.#states.set(name, { outcome: 'found', name, version, notes });
    }
  }

  fail(name: string, error: Extract<PointerState, { outcome: 'failed' }>['error']): void {
    this.#states.set(name, { outcome: 'failed', name, error });
  }

  /** A version that exists, whether something names it or not. */
  register(version: ModelVersion): void {
    this.#versions.set(`${version.name}/${version.version}`, version);
  }

  resolve(uris: readonly ModelUri[], signal: AbortSignal): Promise<readonly Resolution[]> {
    const poll = new FakeRead<readonly Resolution[]>(uris, signal, () =>
      uris.map((uri) => this.resolutionOf(uri)),
    );
    this.#polls.add(poll);
    return this.#settle(poll, this.holdsPolls);
  }

  read(uri: ModelUri, signal: AbortSignal): Promise<PointerState> {
    const read = new FakeRead([uri], signal, () => this.stateOf(uri));
    this.#reads.add(read);
    return this.#settle(read, this.holdsReads);
  }

  async locate(version: ModelVersion, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.outage !== null) throw this.outage;
    return version.source;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  resolutionOf(uri: ModelUri): Resolution {
    if (uri.name !== '*') return { uri, states: [this.stateOf(uri)], available: [] };
    return { uri, states: [...this.#states.values()], available: this.#states.size === 0 ? ['Staging'] : [] };
  }

  stateOf(uri: ModelUri): PointerState {
    const { name, pointer } = uri;
    const absent = { outcome: 'absent', name, reason: `${formatModelUri(uri)} names nothing` } as const;
    if (pointer.kind !== 'version') return this.#states.get(name) ?? absent;
    const version = this.#versions.get(`${name}/${pointer.version}`);
    return version === undefined ? absent : { outcome: 'found', name, version, notes: [] };
  }

  #settle<Result>(read: FakeRead<Result>, isHeld: boolean): Promise<Result> {
    if (!isHeld) {
      if (this.outage === null) read.resolve();
      else read.reject(this.outage);
    }
    return read.result;
  }
}
