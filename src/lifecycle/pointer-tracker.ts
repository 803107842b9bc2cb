import { type ErrorCode, GatewayError } from '../errors.ts';
import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import type { PointerState } from '../registry/model-registry.ts';

/** In how many polls in a row a pointer must be missing before a direct read is asked whether it is gone. */
const ABSENT_POLLS = 3;
/** The most polls between two direct reads of a pointer that may not be read. */
const MOST_POLLS_UNREAD = 60;

/** Why it is not known which version a pointer names, or why it names none. */
export interface PointerProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly at: Date;
}

/** A direct read was refused: polls that miss the pointer say nothing about it. */
interface Refusal {
  readonly error: GatewayError;
  /** How many polls lie between two direct reads; doubles. */
  readonly interval: number;
  /** How many polls without the pointer are left until the next one. */
  readonly pollsLeft: number;
}

/** What an observation changed. */
export type PointerChange =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'moved'; readonly from: ModelVersion | null; readonly to: ModelVersion }
  /** Missing for the first time in a row: not believed yet. */
  | { readonly kind: 'missing'; readonly reason: string }
  /** Missing for so long that a direct read is due. */
  | { readonly kind: 'presumed-gone'; readonly reason: string };

/**
 * What one pointer names, through polls that may fail or flap. A missing pointer keeps its last meaning until
 * `confirmGone`; an error is never an instruction.
 */
export class PointerTracker {
  readonly #now: () => number;
  #desired: ModelVersion | null = null;
  #problem: PointerProblem | null = null;
  #notes: readonly string[] = [];
  #absentPolls = 0;
  #isGone = false;
  #refusal: Refusal | null = null;

  /** @param now in ms since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get desired(): ModelVersion | null {
    return this.#desired;
  }

  get problem(): PointerProblem | null {
    return this.#problem;
  }

  get notes(): readonly string[] {
    return this.#notes;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** What the pointer named in an earlier life of the process. */
  recall(version: ModelVersion | null): void {
    this.#desired = version;
  }

  observe(state: PointerState): PointerChange {
    switch (state.outcome) {
      case 'found':
        this.#absentPolls = 0;
        this.#isGone = false;
        this.#refusal = null;
        this.#problem = null;
        this.#notes = state.notes;
        return this.#moveTo(state.version);
      case 'failed':
        this.#absentPolls = 0;
        this.#setProblem(state.error);
        return { kind: 'nothing' };
      case 'absent':
        return this.#observeAbsent(state.reason);
    }
  }

  /**
   * A direct read was refused (a grant was lost: whoever lists models leaves this one out without a word): that is an
   * error, and no instruction. It is tried again ever more rarely.
   */
  takeRefusal(error: GatewayError): void {
    const interval =
      this.#refusal === null ? ABSENT_POLLS : Math.min(MOST_POLLS_UNREAD, this.#refusal.interval * 2);
    this.#refusal = { error, interval, pollsLeft: interval };
    this.#setProblem(error);
  }

  /**
   * A direct read has said that the pointer is gone.
   *
   * @returns false if a poll has said something else while the read was out; then nothing changes.
   */
  confirmGone(): boolean {
    if (this.#absentPolls < ABSENT_POLLS) return false;
    this.#isGone = true;
    this.#refusal = null;
    this.#desired = null;
    return true;
  }

  #observeAbsent(reason: string): PointerChange {
    this.#absentPolls++;
    const refusal = this.#refusal;
    // Known already, whatever outage there was since.
    if (this.#isGone) this.#absentPolls = Math.max(this.#absentPolls, ABSENT_POLLS);
    this.#setProblem(refusal?.error ?? new GatewayError('POINTER_UNASSIGNED', reason));
    if (refusal !== null) {
      const pollsLeft = Math.max(0, refusal.pollsLeft - 1);
      this.#refusal = { ...refusal, pollsLeft };
      if (pollsLeft > 0) return { kind: 'nothing' };
    } else if (this.#absentPolls === 1) {
      return { kind: 'missing', reason };
    }
    if (this.#absentPolls < ABSENT_POLLS || this.#isGone) return { kind: 'nothing' };
    return { kind: 'presumed-gone', reason };
  }

  #moveTo(version: ModelVersion): PointerChange {
    const from = this.#desired;
    this.#desired = version;
    return isSameVersion(from, version) ? { kind: 'nothing' } : { kind: 'moved', from, to: version };
  }

  #setProblem(error: GatewayError): void {
    const known = this.#problem;
    const isKnown = known !== null && known.code === error.code && known.message === error.message;
    this.#problem = {
      code: error.code,
      message: error.message,
      at: isKnown ? known.at : new Date(this.#now()),
    };
  }
}
