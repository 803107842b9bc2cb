import { GatewayError } from '../errors.ts';
import { formatModelUri, type ModelUri } from '../model/model-uri.ts';
import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import type { PointerState } from '../registry/model-registry.ts';
import { FailureRecord, type SlotError } from './failure-record.ts';
import type { LifecycleEvents, SwapOutcome } from './lifecycle-events.ts';
import type { ModelPolicy } from './model-policy.ts';
import { ModelSlot } from './model-slot.ts';
import { type Action, nextAction, type SlotView } from './next-action.ts';
import { PointerTracker } from './pointer-tracker.ts';
import type { Servable } from './servable.ts';
import { SlotLoad } from './slot-load.ts';
import { type LastGood, SlotMemory } from './slot-memory.ts';
import type { Hold, StateFile } from './state-file.ts';
import type { LoadRequest } from './version-loader.ts';

export interface SlotControllerParts {
  readonly route: string;
  readonly uri: ModelUri;
  readonly policy: ModelPolicy;
  readonly load: (request: LoadRequest, signal: AbortSignal) => Promise<Servable>;
  /** Reads this slot's pointer directly, to be sure that it is gone. */
  readonly readPointer: (signal: AbortSignal) => Promise<PointerState>;
  readonly state: StateFile;
  readonly events: LifecycleEvents;
  readonly whenUnassigned: 'keep' | 'unload';
  readonly pollIntervalMs: number;
  /** In ms since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Brings one slot from what it is to what is wanted: asks `nextAction` after every change, and does what it says.
 *
 * Invariant: a load that fails, or is abandoned, changes nothing that serves.
 */
export class SlotController {
  readonly route: string;
  readonly uri: ModelUri;
  /** `uri` as it is written. */
  readonly uriText: string;
  readonly slot: ModelSlot;
  readonly #parts: SlotControllerParts;
  readonly #pointer: PointerTracker;
  readonly #failures: FailureRecord;
  readonly #memory: SlotMemory;
  readonly #load: SlotLoad;
  readonly #stopping = new AbortController();
  #hold: Hold | null = null;
  #isConfirming = false;
  #lastGood: LastGood | null = null;
  #timer: NodeJS.Timeout | null = null;
  #hasSettledOnce = false;

  constructor(parts: SlotControllerParts) {
    this.#parts = parts;
    this.route = parts.route;
    this.uri = parts.uri;
    this.uriText = formatModelUri(parts.uri);
    this.#pointer = new PointerTracker(parts.now);
    this.#failures = new FailureRecord(parts.pollIntervalMs, parts.random);
    this.slot = new ModelSlot((servable, error) => parts.events.closed(parts.route, servable.version, error));
    this.#memory = new SlotMemory({
      ...parts,
      onUnwritten: (error) => parts.events.stateUnwritten(parts.route, error),
    });
    this.#load = new SlotLoad({
      load: parts.load,
      now: parts.now,
      onLoaded: (servable, seconds) => this.#takeLoaded(servable, seconds),
      onFailed: (version, error, seconds) => this.#takeFailure(version, error, seconds),
    });
    this.#recall();
  }

  /** What is known of the pointer. */
  get pointer(): Pick<PointerTracker, 'desired' | 'notes' | 'problem'> {
    return this.#pointer;
  }

  /** The name in the registry of what serves, else of what is followed. */
  get registeredName(): string {
    return this.slot.current?.version.name ?? this.uri.name;
  }

  get hold(): Hold | null {
    return this.#hold;
  }

  get loading(): ModelVersion | null {
    return this.#load.version;
  }

  /** Why what is wanted does not serve. */
  get lastError(): SlotError | null {
    return this.#failures.explain(this.#hold?.version ?? this.#pointer.desired, this.#pointer.problem);
  }

  /** Whether the slot serves or has failed once: it holds up the start no longer. */
  get hasSettledOnce(): boolean {
    return this.#hasSettledOnce || this.slot.current !== null;
  }

  /** True: the pointer is gone for certain and nothing serves any more. */
  get isRemovable(): boolean {
    return this.#pointer.isGone && this.#parts.whenUnassigned === 'unload' && this.slot.current === null;
  }

  /** Begins with what served last, before (or without) any word from the registry. */
  start(): void {
    this.#reconcile();
  }

  /** Takes in what the registry says of the pointer now. The same answer again changes nothing. */
  observe(state: PointerState): void {
    if (this.#stopping.signal.aborted) return;
    const notesBefore = this.#pointer.notes.join('\n');
    const change = this.#pointer.observe(state);
    if (this.#pointer.notes.join('\n') !== notesBefore)
      this.#parts.events.notes(this.route, this.#pointer.notes);
    if (state.outcome !== 'found') this.#hasSettledOnce = true;
    switch (change.kind) {
      case 'moved':
        this.#followMove(change.from, change.to);
        break;
      case 'missing':
        this.#parts.events.pointerAbsent(this.route, this.uriText, change.reason, false);
        break;
      case 'presumed-gone':
        void this.#confirmGone(); // settles every outcome by itself
        break;
      case 'nothing':
        break;
    }
    this.#reconcile();
  }

  /** Holds a version instead of what the pointer names; `null` follows the pointer again. */
  async setHold(hold: Hold | null): Promise<void> {
    this.#hold = hold;
    if (hold !== null) this.#failures.forget(hold.version);
    this.#reconcile();
    await this.#remember();
  }

  /** Tries again whatever had failed. */
  async forgive(): Promise<void> {
    const wanted = this.#hold?.version ?? this.#pointer.desired;
    this.#failures.clear();
    if (wanted !== null) await this.#parts.state.forgiveCrash(wanted);
    this.#reconcile();
  }

  /** Resolves once nothing is being loaded (a retry may be waited for), or when `signal` is aborted. */
  settled(signal: AbortSignal): Promise<void> {
    return this.#load.settled(signal);
  }

  /** Ends loads and gives up what serves, after its last lease. */
  async stop(): Promise<void> {
    const reason = new GatewayError('SHUTTING_DOWN', 'the server is shutting down');
    this.#stopping.abort(reason);
    this.#load.abandon(reason);
    this.#stopTimer();
    await this.slot.clear();
  }

  get #view(): SlotView {
    const { current, previous } = this.slot;
    return {
      desired: this.#pointer.desired,
      held: this.#hold?.version ?? null,
      isWithdrawn: this.#pointer.isGone && this.#parts.whenUnassigned === 'unload',
      current: current?.version ?? null,
      previous: previous && { version: previous.version, isWarm: previous.servable !== null },
      loading: this.loading,
      failures: this.#failures.all,
      lastGood: this.#lastGood?.version ?? null,
    };
  }

  #reconcile(): void {
    let again = true;
    while (again && !this.#stopping.signal.aborted) {
      again = this.#perform(nextAction(this.#view, this.#parts.now()));
    }
  }

  /** @returns whether another action may be due at once. */
  #perform(action: Action): boolean {
    this.#stopTimer();
    switch (action.kind) {
      case 'none':
        return false;
      case 'retry-at':
        this.#timer = setTimeout(() => this.#reconcile(), Math.max(0, action.at - this.#parts.now()));
        return false;
      case 'load':
        this.#parts.events.loadStarted(this.route, action.version);
        this.#load.start(this.#loadRequest(action.version));
        return false;
      case 'abandon-load':
        this.#load.abandon(new GatewayError('LOAD_FAILED', 'another version is wanted by now'));
        return true;
      case 'restore-previous': {
        const from = this.slot.current?.version ?? null;
        this.#afterSwap(from, this.slot.restorePrevious(), 'rolled-back');
        return true;
      }
      case 'unload':
        this.#unload();
        return true;
    }
  }

  #takeLoaded(servable: Servable, seconds: number): void {
    const from = this.slot.current?.version ?? null;
    this.slot.replace(servable);
    this.#parts.events.loadFinished(this.route, servable.version, 'swapped', seconds);
    this.#afterSwap(from, servable, 'swapped');
    this.#reconcile();
  }

  #takeFailure(version: ModelVersion, error: GatewayError, seconds: number): void {
    const { events, now } = this.#parts;
    this.#hasSettledOnce = true;
    const outcome = error.code === 'SIGNATURE_INCOMPATIBLE' ? 'rejected' : 'load-failed';
    events.loadFinished(this.route, version, outcome, seconds);
    const failure = this.#failures.add(version, error, now());
    events.loadFailed(this.route, version, error, failure.retryAt);
    this.#reconcile();
  }

  #loadRequest(version: ModelVersion): LoadRequest {
    const { route, policy } = this.#parts;
    const { current, previous } = this.slot;
    const last = isSameVersion(this.#lastGood?.version ?? null, version) ? null : this.#lastGood;
    // The way back is always open; else the requests of what serves, or served last, must stay valid.
    const isWayBack = isSameVersion(previous?.version ?? null, version);
    const served = isWayBack ? null : (current ?? last);
    const reference = served?.signature
      ? { signature: served.signature, version: served.version.version }
      : null;
    return { route, version, policy, reference, hasFallback: current !== null || last !== null };
  }

  #afterSwap(from: ModelVersion | null, to: Servable, outcome: SwapOutcome): void {
    this.#lastGood = { version: to.version, signature: to.signature };
    this.#failures.forget(to.version);
    this.#parts.events.swapped(this.route, from, to, outcome);
    void this.#remember(); // reports a failure to write by itself
  }

  #unload(): void {
    const version = this.slot.current?.version ?? null;
    this.#lastGood = null;
    void this.slot.clear(); // what drains is reported by the slot
    this.#parts.events.unloaded(this.route, version);
    void this.#memory.forget(); // reports a failure to write by itself
  }

  #followMove(from: ModelVersion | null, to: ModelVersion): void {
    this.#failures.keepOnly(to);
    this.#parts.events.pointerMoved(this.route, this.uriText, from, to);
    if (this.#hold?.kind !== 'rollback' || isSameVersion(this.#hold.desired, to)) return;
    this.#hold = null;
    void this.#remember(); // reports a failure to write by itself
  }

  async #confirmGone(): Promise<void> {
    if (this.#isConfirming) return;
    this.#isConfirming = true;
    try {
      const state = await this.#parts.readPointer(this.#stopping.signal);
      if (state.outcome !== 'absent') {
        this.observe(state);
        return;
      }
      this.#pointer.confirmGone();
      this.#parts.events.pointerAbsent(this.route, this.uriText, state.reason, true);
      this.#reconcile();
    } catch {
      // No answer is no instruction; the next poll asks again.
    } finally {
      this.#isConfirming = false;
    }
  }

  #recall(): void {
    const { lastGood, previous, hold } = this.#memory.recall();
    this.#lastGood = lastGood;
    if (previous !== null) this.slot.rememberPrevious(previous);
    this.#hold = hold;
    // A rollback ends when the pointer moves, also while nobody was looking: compare with what it named then.
    this.#pointer.recall(hold?.desired ?? null);
  }

  #remember(): Promise<void> {
    return this.#memory.remember(this.slot, this.#lastGood, this.#hold);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
