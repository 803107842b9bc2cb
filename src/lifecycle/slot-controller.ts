import { GatewayError, toGatewayError } from '../errors.ts';
import { formatModelUri, type ModelUri } from '../model/model-uri.ts';
import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import type { Signature } from '../model/signature.ts';
import type { PointerState } from '../registry/model-registry.ts';
import { FailureRecord } from './failure-record.ts';
import type { LifecycleEvents, SwapOutcome } from './lifecycle-events.ts';
import type { ModelPolicy } from './model-policy.ts';
import { ModelSlot } from './model-slot.ts';
import { type Action, nextAction, type SlotView } from './next-action.ts';
import { type PointerProblem, PointerTracker } from './pointer-tracker.ts';
import type { Lease, Servable } from './servable.ts';
import { parseSignature, stringifySignature } from './signature-text.ts';
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

/** Why the wanted version does not serve, whether that lies with the pointer or with the version. */
export interface SlotError extends PointerProblem {
  /** In ms since the epoch; `null`: not before the pointer or the source changes. */
  readonly retryAt: number | null;
}

interface Loading {
  readonly version: ModelVersion;
  readonly abort: AbortController;
}

/**
 * Brings one slot from what it is to what is wanted: asks `nextAction` after every change, and does what it says.
 *
 * Invariant: a load that fails, or is abandoned, changes nothing that serves.
 */
export class SlotController {
  readonly route: string;
  readonly uri: ModelUri;
  readonly slot: ModelSlot;
  readonly #parts: SlotControllerParts;
  readonly #pointer: PointerTracker;
  readonly #failures: FailureRecord;
  readonly #waiters = new Set<() => void>();
  readonly #stopping = new AbortController();
  #hold: Hold | null = null;
  #loading: Loading | null = null;
  #isConfirming = false;
  #lastGood: { readonly version: ModelVersion; readonly signature: Signature | null } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #hasSettledOnce = false;

  constructor(parts: SlotControllerParts) {
    this.#parts = parts;
    this.route = parts.route;
    this.uri = parts.uri;
    this.#pointer = new PointerTracker(parts.now);
    this.#failures = new FailureRecord(parts.pollIntervalMs, parts.random);
    this.slot = new ModelSlot((servable, error) => parts.events.closed(parts.route, servable.version, error));
    this.#recall();
  }

  get desired(): ModelVersion | null {
    return this.#pointer.desired;
  }

  /** The name in the registry of what serves, else of what is followed. */
  get registeredName(): string {
    return this.slot.current?.version.name ?? this.uri.name;
  }

  get hold(): Hold | null {
    return this.#hold;
  }

  get notes(): readonly string[] {
    return this.#pointer.notes;
  }

  get loading(): ModelVersion | null {
    return this.#loading?.version ?? null;
  }

  get lastError(): SlotError | null {
    const wanted = this.#hold?.version ?? this.desired;
    const failure = wanted === null ? null : this.#failures.find(wanted);
    const problem = this.#pointer.problem;
    return failure ?? (problem === null ? null : { ...problem, retryAt: null });
  }

  /** Whether the slot serves or has failed once: it holds up the start no longer. */
  get hasSettledOnce(): boolean {
    return this.#hasSettledOnce || this.slot.current !== null;
  }

  /** True: the pointer is gone for certain and nothing serves any more. */
  get isRemovable(): boolean {
    return this.#pointer.isGone && this.#parts.whenUnassigned === 'unload' && this.slot.current === null;
  }

  lease(): Lease | null {
    return this.slot.lease();
  }

  /** Begins with what served last, before (or without) any word from the registry. */
  start(): void {
    this.#reconcile();
  }

  /** Takes in what the registry says of the pointer now. The same answer again changes nothing. */
  observe(state: PointerState): void {
    if (this.#stopping.signal.aborted) return;
    const notesBefore = this.notes.join('\n');
    const change = this.#pointer.observe(state);
    if (this.notes.join('\n') !== notesBefore) this.#parts.events.notes(this.route, this.notes);
    if (state.outcome !== 'found') this.#hasSettledOnce = true;
    switch (change.kind) {
      case 'moved':
        this.#followMove(change.from, change.to);
        break;
      case 'missing':
        this.#parts.events.pointerAbsent(this.route, this.#uriText, change.reason, false);
        break;
      case 'presumed-gone':
        void this.#confirmGone(); // settles every outcome by itself
        break;
      case 'nothing':
        break;
    }
    this.#reconcile();
  }

  /** Holds `version` instead of what the pointer names. Replaces an earlier hold. */
  async holdVersion(kind: Hold['kind'], version: ModelVersion): Promise<void> {
    await this.#setHold({ kind, version, desired: this.desired });
  }

  /** Follows the pointer again. */
  async releaseHold(): Promise<void> {
    await this.#setHold(null);
  }

  /** Puts back a hold as it was before. */
  async restoreHold(hold: Hold | null): Promise<void> {
    await this.#setHold(hold);
  }

  /** Tries again whatever had failed. */
  async forgive(): Promise<void> {
    const wanted = this.#hold?.version ?? this.desired;
    this.#failures.clear();
    if (wanted !== null) await this.#parts.state.forgiveCrash(wanted);
    this.#reconcile();
  }

  /** Resolves once nothing is being loaded (a retry may be waited for), or when `signal` is aborted. */
  async settled(signal: AbortSignal): Promise<void> {
    while (this.#loading !== null && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      this.#waiters.delete(resolve);
    }
  }

  /** Ends loads and gives up what serves, after its last lease. */
  async stop(): Promise<void> {
    this.#stopping.abort(new GatewayError('SHUTTING_DOWN', 'the server is shutting down'));
    this.#loading?.abort.abort(this.#stopping.signal.reason);
    this.#stopTimer();
    this.#wake();
    await this.slot.clear();
  }

  get #uriText(): string {
    return formatModelUri(this.uri);
  }

  get #view(): SlotView {
    const { current, previous } = this.slot;
    return {
      desired: this.desired,
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
        if (this.#loading === null) this.#wake();
        return false;
      case 'retry-at':
        this.#timer = setTimeout(() => this.#reconcile(), Math.max(0, action.at - this.#parts.now()));
        this.#wake();
        return false;
      case 'load':
        void this.#load(action.version); // settles every outcome by itself
        return false;
      case 'abandon-load':
        this.#loading?.abort.abort(new GatewayError('LOAD_FAILED', 'another version is wanted by now'));
        this.#loading = null;
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

  async #load(version: ModelVersion): Promise<void> {
    const { events, load, now } = this.#parts;
    const loading: Loading = { version, abort: new AbortController() };
    this.#loading = loading;
    const startedAt = now();
    events.loadStarted(this.route, version);
    try {
      const servable = await load(this.#loadRequest(version), loading.abort.signal);
      if (this.#loading !== loading || loading.abort.signal.aborted) {
        await servable.retire();
        return;
      }
      this.#loading = null;
      const from = this.slot.current?.version ?? null;
      this.slot.replace(servable);
      events.loadFinished(this.route, version, 'swapped', (now() - startedAt) / 1000);
      this.#afterSwap(from, servable, 'swapped');
    } catch (error) {
      if (this.#loading !== loading) return;
      this.#loading = null;
      this.#recordFailure(
        version,
        toGatewayError(error, 'INTERNAL', 'the load failed by a fault of the gateway'),
        startedAt,
      );
    }
    this.#reconcile();
  }

  #loadRequest(version: ModelVersion): LoadRequest {
    const { route, policy } = this.#parts;
    const { current } = this.slot;
    const last =
      this.#lastGood !== null && !isSameVersion(this.#lastGood.version, version) ? this.#lastGood : null;
    // While nothing serves, the requests that must stay valid are those of the version that served last.
    const served = current ?? (last?.signature ? { signature: last.signature, version: last.version } : null);
    const reference = served && { signature: served.signature, version: served.version.version };
    return { route, version, policy, reference, hasFallback: current !== null || last !== null };
  }

  #afterSwap(from: ModelVersion | null, to: Servable, outcome: SwapOutcome): void {
    this.#lastGood = { version: to.version, signature: to.signature };
    this.#failures.forget(to.version);
    this.#parts.events.swapped(this.route, from, to, outcome);
    void this.#remember(); // reports a failure to write by itself
  }

  #recordFailure(version: ModelVersion, error: GatewayError, startedAt: number): void {
    const { events, now } = this.#parts;
    this.#hasSettledOnce = true;
    const outcome = error.code === 'SIGNATURE_INCOMPATIBLE' ? 'rejected' : 'load-failed';
    events.loadFinished(this.route, version, outcome, (now() - startedAt) / 1000);
    const failure = this.#failures.add(version, error, now());
    events.loadFailed(this.route, version, error, failure.retryAt);
  }

  #unload(): void {
    const version = this.slot.current?.version ?? null;
    this.#lastGood = null;
    void this.slot.clear(); // what drains is reported by the slot
    this.#parts.events.unloaded(this.route, version);
    this.#parts.state.forgetRoute(this.route).catch((error: unknown) => this.#tellUnwritten(error));
  }

  #followMove(from: ModelVersion | null, to: ModelVersion): void {
    this.#failures.keepOnly(to);
    this.#parts.events.pointerMoved(this.route, this.#uriText, from, to);
    if (this.#hold?.kind !== 'rollback' || isSameVersion(this.#hold.desired, to)) return;
    this.#hold = null;
    void this.#remember(); // reports a failure to write by itself
  }

  async #setHold(hold: Hold | null): Promise<void> {
    this.#hold = hold;
    if (hold !== null) this.#failures.forget(hold.version);
    this.#reconcile();
    await this.#remember();
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
      this.#parts.events.pointerAbsent(this.route, this.#uriText, state.reason, true);
      this.#reconcile();
    } catch {
      // No answer is no instruction; the next poll asks again.
    } finally {
      this.#isConfirming = false;
    }
  }

  #recall(): void {
    const remembered = this.#parts.state.route(this.route, this.#uriText);
    if (remembered === null) return;
    const { lastGood, signature, previous, hold } = remembered;
    if (lastGood !== null) {
      this.#lastGood = {
        version: lastGood,
        signature: signature === null ? null : parseSignature(signature),
      };
    }
    if (previous !== null) this.slot.rememberPrevious(previous);
    this.#hold = hold;
    // A rollback ends when the pointer moves, also while nobody was looking: compare with what it named then.
    this.#pointer.recall(hold?.desired ?? null);
  }

  async #remember(): Promise<void> {
    const { current, previous } = this.slot;
    const signature = current?.signature ?? this.#lastGood?.signature ?? null;
    try {
      await this.#parts.state.setRoute(this.route, {
        uri: this.#uriText,
        lastGood: current?.version ?? this.#lastGood?.version ?? null,
        signature: signature === null ? null : stringifySignature(signature),
        previous: previous?.version ?? null,
        hold: this.#hold,
      });
    } catch (error) {
      this.#tellUnwritten(error);
    }
  }

  #tellUnwritten(error: unknown): void {
    this.#parts.events.stateUnwritten(this.route, error);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wake(): void {
    for (const resolve of this.#waiters) resolve();
  }
}
