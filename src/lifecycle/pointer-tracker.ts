import { type ErrorCode, GatewayError } from '../errors.ts';
import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import type { PointerState } from '../registry/model-registry.ts';

/** In how many polls in a row a pointer must be missing before a direct read is asked whether it is gone. */
const ABSENT_POLLS = 3;

/** Why it is not known which version a pointer names, or why it names none. */
export interface PointerProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly at: Date;
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
        this.#problem = null;
        this.#notes = state.notes;
        return this.#moveTo(state.version);
      case 'failed':
        this.#absentPolls = 0;
        this.#setProblem(state.error);
        return { kind: 'nothing' };
      case 'absent':
        this.#absentPolls++;
        this.#setProblem(new GatewayError('POINTER_UNASSIGNED', state.reason));
        if (this.#absentPolls === 1) return { kind: 'missing', reason: state.reason };
        if (this.#absentPolls < ABSENT_POLLS || this.#isGone) return { kind: 'nothing' };
        return { kind: 'presumed-gone', reason: state.reason };
    }
  }

  /**
   * A direct read has said that the pointer is gone.
   *
   * @returns false if a poll has said something else while the read was out; then nothing changes.
   */
  confirmGone(): boolean {
    if (this.#absentPolls < ABSENT_POLLS) return false;
    this.#isGone = true;
    this.#desired = null;
    return true;
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
