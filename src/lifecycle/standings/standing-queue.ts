import { GatewayError, toGatewayError } from '../../errors.ts';
import { versionKey } from '../../model/model-version.ts';
import type { Resolution } from '../../registry/model-registry.ts';
import type { StandingWriter } from '../../registry/standing-writer.ts';
import type { LifecycleEvents } from '../lifecycle-events.ts';
import { withJitter } from '../retry-delay.ts';
import { RecordsAtStart } from './records-at-start.ts';
import { RefusedStatements } from './refused-statements.ts';
import type { Statement } from './standing-ledger.ts';

export interface StandingQueueParts {
  readonly writer: StandingWriter;
  readonly events: Pick<LifecycleEvents, 'standingTold' | 'standingUntold'>;
  /** Also over how long the words of a fleet that swaps in step are spread, so that most find them said already. */
  readonly pollIntervalMs: number;
  /** In ms since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

interface Pending extends Statement {
  /** How often it could not be written. */
  readonly failures: number;
  /** In ms since the epoch. */
  readonly notBefore: number;
  /** The registry has refused it before. */
  readonly isProbe: boolean;
}

/** For so long, and up to a poll more, what is said of a version is merged. */
const SETTLE_MS = 500;
const LONGEST_SPREAD_MS = 30_000;
/** Between two versions: at most five of them a second. */
const GAP_MS = 200;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 120_000;
/** Over some 14 minutes, while polls are answered and tags are not taken. */
const MAX_FAILURES = 12;
/** In versions; above it the oldest are given up. */
const MAX_PENDING = 10_000;
const CLOSE_MS = 2_000;

/**
 * Tells the registry the standings of versions, one after the other and besides everything else: nothing waits for it.
 * Of a version only the newest word matters. While polls fail nothing is tried; what the registry cannot take though
 * they are answered is tried again with pauses that grow; what it refuses waits until the account may write.
 */
export class StandingQueue {
  readonly #parts: StandingQueueParts;
  readonly #pending = new Map<string, Pending>();
  readonly #refused: RefusedStatements;
  readonly #atStart: RecordsAtStart;
  readonly #abort = new AbortController();
  /** Until the first poll is answered, too. */
  #isHeld = true;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<unknown> | null = null;
  /** In a row, of whichever version. */
  #failures = 0;
  /** In ms since the epoch. */
  #pausedUntil = 0;
  #closing: Promise<void> | null = null;

  constructor(parts: StandingQueueParts) {
    this.#parts = parts;
    this.#refused = new RefusedStatements(parts);
    this.#atStart = new RecordsAtStart(parts.writer, parts.now);
  }

  put({ version, standing }: Statement): void {
    if (this.#closing !== null) return;
    const { now, random, pollIntervalMs } = this.#parts;
    const key = versionKey(version);
    const spreadMs = random() * Math.min(pollIntervalMs, LONGEST_SPREAD_MS);
    // A pointer that flaps must not put it off for ever.
    const notBefore = this.#pending.get(key)?.notBefore ?? now() + SETTLE_MS + spreadMs;
    this.#refused.forget(key);
    this.#pending.set(key, { version, standing, failures: 0, notBefore, isProbe: false });
    const [oldest] = this.#pending;
    if (oldest !== undefined && this.#pending.size > MAX_PENDING) {
      this.#pending.delete(oldest[0]);
      this.#giveUp(
        oldest[1],
        new GatewayError('REGISTRY_UNAVAILABLE', 'too many versions wait to be told of'),
      );
    }
    this.#schedule();
  }

  /** The registry answers: what waits is told. */
  resume(resolutions: readonly Resolution[]): void {
    this.#atStart.take(resolutions);
    this.#isHeld = false;
    this.#schedule();
  }

  /** The registry does not answer: nothing is tried until it does. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Tries what is pending, for at most two seconds; nothing is taken in from here on. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  #schedule(): void {
    const isIdle = this.#timer === null && this.#running === null;
    const dueInMs = this.#pending.size > 0 ? 0 : this.#refused.dueInMs;
    if (!isIdle || this.#isHeld || this.#closing !== null || dueInMs === null) return;
    const waitMs = Math.max(GAP_MS, dueInMs, this.#pausedUntil - this.#parts.now());
    this.#timer = setTimeout(() => this.#run(), waitMs).unref();
  }

  #run(): void {
    this.#timer = null;
    if (this.#isHeld) return;
    const now = this.#parts.now();
    const due = this.#refused.takeDue();
    if (due !== null) this.#retry([due]);
    for (const [key, pending] of this.#pending) {
      if (pending.notBefore > now) continue;
      if (this.#isSaidAlready(key, pending)) continue;
      this.#running = this.#write(key, pending).then(() => {
        this.#running = null;
        this.#schedule();
      });
      return;
    }
    this.#schedule();
  }

  #isSaidAlready(key: string, { version, standing }: Pending): boolean {
    if (!this.#atStart.isSaid(key, standing)) return false;
    this.#pending.delete(key);
    this.#parts.events.standingTold(version, standing, 'unchanged');
    return true;
  }

  /** @returns whether the registry took it, or refused it for good. */
  async #write(key: string, pending: Pending): Promise<boolean> {
    const { version, standing } = pending;
    this.#pending.delete(key);
    try {
      const outcome = await this.#parts.writer.write(version, standing, this.#abort.signal);
      this.#failures = 0;
      this.#parts.events.standingTold(version, standing, outcome);
      if (outcome === 'written') this.#takePermission(pending);
      return true;
    } catch (thrown) {
      const error = toGatewayError(thrown, 'INTERNAL', `version ${version.version} could not be told of`);
      if (error.code === 'REGISTRY_UNAVAILABLE') return this.#takeFailure(key, pending, error);
      this.#giveUp(pending, error);
      if (error.code === 'REGISTRY_FORBIDDEN' && !this.#pending.has(key)) this.#refused.add(key, pending);
      return true;
    }
  }

  #takePermission({ version, isProbe }: Pending): void {
    this.#retry(this.#refused.takeModel(version.name));
    if (isProbe) this.#refused.hurry();
  }

  #retry(statements: readonly (readonly [key: string, statement: Statement])[]): void {
    for (const [key, { version, standing }] of statements) {
      if (this.#pending.has(key)) continue;
      this.#pending.set(key, { version, standing, failures: 0, notBefore: 0, isProbe: true });
    }
  }

  #takeFailure(key: string, pending: Pending, error: GatewayError): boolean {
    const { now, random } = this.#parts;
    this.#failures += 1;
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures - 1, 20));
    const retryAfterMs = Math.min(LONGEST_RETRY_MS, (error.retryAfterSeconds ?? 0) * 1_000);
    this.#pausedUntil = now() + Math.max(retryAfterMs, withJitter(delayMs, random()));
    const failures = pending.failures + 1;
    if (failures >= MAX_FAILURES || this.#closing !== null) this.#giveUp(pending, error);
    else {
      this.#parts.events.standingUntold(pending.version, error, this.#pausedUntil);
      // At the end of the line, unless something newer is to be said by now.
      if (!this.#pending.has(key)) this.#pending.set(key, { ...pending, failures, notBefore: 0 });
    }
    return false;
  }

  #giveUp({ version }: Statement, error: GatewayError): void {
    this.#parts.events.standingUntold(version, error, null);
  }

  async #finish(): Promise<void> {
    clearTimeout(this.#timer ?? undefined);
    const stopping = new GatewayError('SHUTTING_DOWN', 'the server is shutting down');
    const limit = setTimeout(() => this.#abort.abort(stopping), CLOSE_MS);
    await this.#running;
    let isTaking = !this.#isHeld;
    for (const [key, pending] of this.#pending) {
      if (this.#isSaidAlready(key, pending)) continue;
      if (isTaking && !this.#abort.signal.aborted) isTaking = await this.#write(key, pending);
      else this.#giveUp(pending, stopping);
    }
    this.#pending.clear();
    clearTimeout(limit);
  }
}
