import type { GatewayError } from '../errors.ts';
import { formatModelUri, type ModelUri } from '../model/model-uri.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { PointerState } from '../registry/model-registry.ts';
import { type CrossCheckState, type CrossCheckVerdict, compareCrossCheck } from './cross-check.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';
import { type PointerProblem, PointerTracker } from './pointer-tracker.ts';

export interface FollowedPointerParts {
  readonly route: string;
  readonly uri: ModelUri;
  /** Reads the pointer by the most direct way, to be sure that it is gone. */
  readonly readPointer: (uri: ModelUri, signal: AbortSignal) => Promise<PointerState>;
  readonly events: LifecycleEvents;
  /** In ms since the epoch. */
  readonly now: () => number;
  readonly onMoved: (to: ModelVersion) => void;
  /** Called after every observation and every direct read. */
  readonly onObserved: () => void;
}

/** The pointer that one slot follows: tells what it does, and makes sure by a direct read before it counts as gone. */
export class FollowedPointer {
  readonly #parts: FollowedPointerParts;
  #uri: ModelUri;
  #tracker: PointerTracker;
  /** The direct read that is out. */
  #reading: AbortController | null = null;
  #toldFailure: string | null = null;
  #crossCheck: CrossCheckVerdict | null = null;

  constructor(parts: FollowedPointerParts) {
    this.#parts = parts;
    this.#uri = parts.uri;
    this.#tracker = new PointerTracker(parts.now);
  }

  get uri(): ModelUri {
    return this.#uri;
  }

  /** `uri` as it is written. */
  get uriText(): string {
    return formatModelUri(this.#uri);
  }

  get desired(): ModelVersion | null {
    return this.#tracker.desired;
  }

  get problem(): PointerProblem | null {
    return this.#tracker.problem;
  }

  get notes(): readonly string[] {
    const disagreement = this.#crossCheck?.disagreement ?? null;
    return disagreement === null ? this.#tracker.notes : [...this.#tracker.notes, disagreement];
  }

  /** What the comparison with a second pointer found last; `null` if there is none, or it could not be made yet. */
  get crossCheck(): CrossCheckVerdict | null {
    return this.#crossCheck;
  }

  /** True: it names nothing, for certain. */
  get isGone(): boolean {
    return this.#tracker.isGone;
  }

  /** Another pointer from here on, of which nothing is known yet. */
  follow(uri: ModelUri): void {
    this.stop();
    this.#uri = uri;
    this.#tracker = new PointerTracker(this.#parts.now);
    this.#toldFailure = null;
    this.#crossCheck = null;
  }

  /** What it named in an earlier life of the process. */
  recall(version: ModelVersion | null): void {
    this.#tracker.recall(version);
  }

  /**
   * Takes in what the registry says now. The same answer again changes nothing.
   *
   * @param other a second pointer that is to name the same version; `null` for none.
   */
  observe(state: PointerState, other: CrossCheckState | null = null): void {
    const { route, events, onMoved, onObserved } = this.#parts;
    const notesBefore = this.notes.join('\n');
    const change = this.#tracker.observe(state);
    if (other !== null) this.#crossCheck = compareCrossCheck(this.#uri, state, other) ?? this.#crossCheck;
    if (state.outcome === 'failed') this.#tellOfFailure(state.error);
    else if (state.outcome === 'found') this.#toldFailure = null;
    if (this.notes.join('\n') !== notesBefore) events.notes(route, this.notes);
    switch (change.kind) {
      case 'moved':
        events.pointerMoved(route, this.uriText, change.from, change.to);
        onMoved(change.to);
        break;
      case 'missing':
        events.pointerAbsent(route, this.uriText, change.reason, false);
        break;
      case 'presumed-gone':
        void this.#confirmGone(); // settles every outcome by itself
        break;
      case 'nothing':
        break;
    }
    onObserved();
  }

  /** Ends a direct read. */
  stop(): void {
    this.#reading?.abort();
    this.#reading = null;
  }

  async #confirmGone(): Promise<void> {
    if (this.#reading !== null) return;
    const reading = new AbortController();
    this.#reading = reading;
    const { route, readPointer, events, onObserved } = this.#parts;
    // No answer is no instruction; the next poll asks again.
    const state = await readPointer(this.#uri, reading.signal).catch(() => null);
    if (this.#reading !== reading) return;
    this.#reading = null;
    if (state === null) return;
    if (state.outcome === 'failed') {
      this.#tracker.takeRefusal(state.error);
      this.#tellOfFailure(state.error);
      onObserved();
    } else if (state.outcome === 'found') {
      this.observe(state);
    } else if (this.#tracker.confirmGone()) {
      events.pointerAbsent(route, this.uriText, state.reason, true);
      onObserved();
    }
  }

  /** Once, and again when it changes. That the registry does not answer is told for all pointers together. */
  #tellOfFailure(error: GatewayError): void {
    if (error.code === 'REGISTRY_UNAVAILABLE' || error.message === this.#toldFailure) return;
    this.#toldFailure = error.message;
    this.#parts.events.pointerFailed(this.#parts.route, this.uriText, error);
  }
}
