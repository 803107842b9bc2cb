import { GatewayError } from '../errors.ts';
import type { ModelUri } from '../model/model-uri.ts';
import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import type { PointerState } from '../registry/model-registry.ts';
import type { CrossCheckState } from './cross-check.ts';
import { FailureRecord, type SlotError } from './failure-record.ts';
import { FollowedPointer } from './followed-pointer.ts';
import type { SwapOutcome } from './lifecycle-events.ts';
import type { ModelPolicy } from './model-policy.ts';
import { ModelSlot } from './model-slot.ts';
import { type Action, type LoadFailure, nextAction, type SlotView } from './next-action.ts';
import { planLoad } from './plan-load.ts';
import { shuttingDown } from './route-errors.ts';
import type { Servable } from './servable.ts';
import type { SlotControllerParts } from './slot-controller-parts.ts';
import { SlotLoad } from './slot-load.ts';
import { type LastGood, SlotMemory } from './slot-memory.ts';
import type { Hold } from './state-file.ts';

/**
 * Brings one slot from what it is to what is wanted: asks `nextAction` after every change, and does what it says.
 *
 * Invariant: a load that fails, or is abandoned, changes nothing that serves.
 */
export class SlotController {
  readonly route: string;
  readonly slot: ModelSlot;
  readonly #parts: SlotControllerParts;
  readonly #failures: FailureRecord;
  readonly #memory: SlotMemory;
  readonly #load: SlotLoad;
  readonly #pointer: FollowedPointer;
  #policy: ModelPolicy;
  #hold: Hold | null = null;
  #lastGood: LastGood | null = null;
  #retryTimer: NodeJS.Timeout | undefined;
  #hasSettledOnce = false;
  #isHalted = false;

  constructor(parts: SlotControllerParts) {
    this.#parts = parts;
    this.route = parts.route;
    this.#policy = parts.policy;
    this.#pointer = new FollowedPointer({
      ...parts,
      onMoved: (to) => this.#followMove(to),
      onObserved: () => this.#takeObservation(),
    });
    this.#failures = new FailureRecord(parts.pollIntervalMs, parts.random);
    this.slot = new ModelSlot((servable, error) => parts.events.closed(parts.route, servable.version, error));
    this.#memory = new SlotMemory(parts);
    this.#load = new SlotLoad({
      load: parts.load,
      now: parts.now,
      onLoaded: (servable, seconds) => this.#takeLoaded(servable, seconds),
      onFailed: (version, error, seconds) => this.#takeFailure(version, error, seconds),
    });
    this.#recall();
  }

  get pointer(): Pick<FollowedPointer, 'uri' | 'desired' | 'isGone' | 'notes' | 'problem' | 'crossCheck'> {
    return this.#pointer;
  }

  /** The pointer as it is written. */
  get uriText(): string {
    return this.#pointer.uriText;
  }

  /** The name in the registry of what serves, else of what is followed. */
  get registeredName(): string {
    return this.slot.current?.version.name ?? this.#pointer.uri.name;
  }

  get hold(): Hold | null {
    return this.#hold;
  }

  get loading(): ModelVersion | null {
    return this.#load.version;
  }

  /** Why what is wanted does not serve. */
  get lastError(): SlotError | null {
    return this.#failures.explain(this.#wanted, this.#pointer.problem);
  }

  /** As `lastError`, if that lies with the version. */
  get failure(): LoadFailure | null {
    return this.#wanted && this.#failures.find(this.#wanted);
  }

  /** Whether the slot serves or has failed once: it holds up the start no longer. */
  get hasSettledOnce(): boolean {
    return this.#hasSettledOnce || this.slot.current !== null;
  }

  /** True: the pointer is gone for certain, nothing serves, and there is nothing to keep. */
  get isRemovable(): boolean {
    if (!this.#pointer.isGone || this.#hold !== null || this.slot.current !== null) return false;
    return this.#parts.whenUnassigned === 'unload' || this.#lastGood === null;
  }

  /** Begins with what served last, without any word from the registry. */
  start(): void {
    this.#reconcile();
  }

  /** Takes in what the registry says of the pointer now, and of a second one. The same answer again changes nothing. */
  observe(state: PointerState, other: CrossCheckState | null = null): void {
    if (!this.#isHalted) this.#pointer.observe(state, other);
  }

  /** Follows another pointer from here on; what serves goes on until that one's version is ready. */
  follow(uri: ModelUri, policy: ModelPolicy): void {
    this.#pointer.follow(uri);
    this.#policy = policy;
  }

  /**
   * Holds a version instead of what the pointer names; `null` follows the pointer again.
   *
   * @throws GatewayError SHUTTING_DOWN.
   */
  async setHold(hold: Hold | null): Promise<void> {
    if (this.#isHalted) throw shuttingDown();
    this.#hold = hold;
    if (hold !== null) this.#failures.forget(hold.version);
    this.#reconcile();
    await this.#remember();
  }

  /** Tries again whatever had failed. */
  async forgive(): Promise<void> {
    this.#failures.clear();
    if (this.#wanted !== null) await this.#memory.forgiveCrash(this.#wanted);
    this.#reconcile();
  }

  /** Tries what is wanted again before its time. */
  hasten(): void {
    if (this.#wanted !== null) this.#failures.hasten(this.#wanted, this.#parts.now());
    this.#reconcile();
  }

  /** Resolves once nothing is being loaded (a retry may be waited for), or when `signal` is aborted. */
  settled(signal: AbortSignal): Promise<void> {
    return this.#load.settled(signal);
  }

  /** Nothing is swapped from here on; what serves goes on. */
  halt(): void {
    this.#isHalted = true;
    this.#pointer.stop();
    this.#load.abandon(shuttingDown());
    clearTimeout(this.#retryTimer);
  }

  /** Ends loads and gives up what serves, after its last lease. Resolves when nothing is left. */
  async stop(): Promise<void> {
    this.halt();
    await Promise.all([this.#load.ended(), this.slot.clear()]);
    await this.#memory.close();
  }

  /** As `stop`, for a route that is no more: also forgets it. */
  async remove(): Promise<void> {
    this.halt();
    await this.#memory.forget();
    await this.stop();
  }

  get #wanted(): ModelVersion | null {
    return this.#hold?.version ?? this.#pointer.desired;
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

  #takeObservation(): void {
    this.#reconcile();
    if (this.#pointer.problem !== null && this.loading === null) this.#hasSettledOnce = true;
  }

  #reconcile(): void {
    let again = true;
    while (again && !this.#isHalted) {
      again = this.#perform(nextAction(this.#view, this.#parts.now()));
    }
  }

  /** @returns whether another action may be due at once. */
  #perform(action: Action): boolean {
    clearTimeout(this.#retryTimer);
    switch (action.kind) {
      case 'none':
        return false;
      case 'retry-at':
        this.#retryTimer = setTimeout(() => this.#reconcile(), Math.max(0, action.at - this.#parts.now()));
        return false;
      case 'load':
        this.#startLoad(action.version);
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

  #startLoad(version: ModelVersion): void {
    const plan = planLoad(version, this.slot, this.#lastGood);
    this.#parts.events.loadStarted(this.route, version);
    this.#load.start({ route: this.route, version, policy: this.#policy, ...plan });
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

  #followMove(to: ModelVersion): void {
    this.#failures.keepOnly(to);
    if (this.#hold?.kind === 'rollback' && !isSameVersion(this.#hold.desired, to)) this.#hold = null;
    void this.#remember(); // reports a failure to write by itself
  }

  #recall(): void {
    const { desired, lastGood, previous, hold } = this.#memory.recall(this.uriText);
    this.#lastGood = lastGood;
    if (previous !== null) this.slot.rememberPrevious(previous);
    this.#hold = hold;
    // A rollback ends when the pointer moves, also while nobody was looking: compare with what it named then.
    this.#pointer.recall(desired);
  }

  async #remember(): Promise<void> {
    await this.#memory.remember(this.uriText, {
      desired: this.#pointer.desired,
      lastGood: this.#lastGood,
      previous: this.slot.previous?.version ?? null,
      hold: this.#hold,
    });
  }
}
