import { type GatewayError, toGatewayError } from '../errors.ts';
import type { ModelUri } from '../model/model-uri.ts';
import type { ModelRegistry, Resolution } from '../registry/model-registry.ts';
import { withJitter } from './retry-delay.ts';

/** The longest that a registry may ask us to stay away. */
const MAX_RETRY_AFTER_MS = 300_000;

export interface RegistryWatcherParts {
  readonly registry: ModelRegistry;
  readonly uris: readonly ModelUri[];
  readonly pollIntervalMs: number;
  /** The full state, after every poll that was answered. */
  readonly onAnswer: (resolutions: readonly Resolution[]) => void;
  readonly onFailure: (error: GatewayError, retryInMs: number) => void;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Re-reads every pointer each poll and reports the full state, level-triggered. Keeps no history and sees no slots.
 *
 * Invariant: one read of the registry at a time.
 */
export class RegistryWatcher {
  readonly #parts: RegistryWatcherParts;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #poll: Promise<void> | null = null;
  #isPollWanted = false;
  #isAskedToWait = false;

  constructor(parts: RegistryWatcherParts) {
    this.#parts = parts;
  }

  /** Begins to poll, with the first poll at once. Resolves after it, whether it was answered or not. */
  start(): Promise<void> {
    return this.refresh();
  }

  /** Polls now. A call during a poll waits for one that began after the call; a burst of calls shares it. */
  async refresh(): Promise<void> {
    if (this.#poll !== null) {
      this.#isPollWanted = true;
      await this.#poll;
      if (this.#poll === null && this.#isPollWanted) this.#begin();
    } else {
      this.#begin();
    }
    await this.#poll;
  }

  /** Whether the registry has said when to come back, and that is not yet. */
  get isAskedToWait(): boolean {
    return this.#isAskedToWait;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#poll;
  }

  #begin(): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#isPollWanted = false;
    this.#isAskedToWait = false;
    this.#poll = this.#pollOnce().finally(() => {
      this.#poll = null;
    });
  }

  async #pollOnce(): Promise<void> {
    const { registry, uris, pollIntervalMs, onAnswer, onFailure, random } = this.#parts;
    let delayMs = withJitter(pollIntervalMs, random());
    try {
      const resolutions = await registry.resolve(uris, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      // A registry that answers in part may ask to be left alone as well.
      delayMs = Math.max(delayMs, this.#takeRetryAfter(longestRetryAfter(resolutions)));
      onAnswer(resolutions);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const failure = toGatewayError(
        error,
        'INTERNAL',
        'the registry could not be read by a fault of the gateway',
      );
      delayMs = Math.max(delayMs, this.#takeRetryAfter(failure.retryAfterSeconds ?? 0));
      onFailure(failure, delayMs);
    }
    this.#timer = setTimeout(() => this.#begin(), delayMs);
  }

  /**
   * @returns how long to stay away, in ms; 0 if the registry asks for nothing. Never less than it asks for, and spread
   *   over one poll interval, because a fleet was told the same at the same moment.
   */
  #takeRetryAfter(seconds: number): number {
    this.#isAskedToWait = seconds > 0;
    if (!this.#isAskedToWait) return 0;
    const { pollIntervalMs, random } = this.#parts;
    return Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) + random() * pollIntervalMs;
  }
}

/** In seconds, over all pointers that could not be told; 0 if none was to wait. */
function longestRetryAfter(resolutions: readonly Resolution[]): number {
  let longest = 0;
  for (const { states } of resolutions) {
    for (const state of states) {
      if (state.outcome === 'failed') longest = Math.max(longest, state.error.retryAfterSeconds ?? 0);
    }
  }
  return longest;
}
