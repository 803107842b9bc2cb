import type { GatewayError } from '../errors.ts';
import type { Log } from './log.ts';
import { RepeatedLine, type Repetition } from './repeated-line.ts';

/** That the registry cannot be read, and that it can be again: a line or two a minute at most, whatever it does. */
export class OutageLog {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #lines = new Map<string, RepeatedLine>();
  #message: string | null = null;

  /** @param now in ms since the epoch. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** Whether this is why the last poll failed. */
  isAbout(message: string): boolean {
    return this.#message === message;
  }

  failed({ code, message }: GatewayError, retryInMs: number): void {
    this.#message = message;
    const repetition = this.#lines
      .getOrInsertComputed(code, () => new RepeatedLine(this.#now))
      .begin(message);
    if (repetition === null) return;
    const { unsaid, forMs } = repetition;
    this.#log.error('registry-failed', `${message}; what serves goes on${describeRepetition(repetition)}`, {
      code,
      retryInMs: Math.round(retryInMs),
      ...(unsaid === 0 ? {} : { failuresUnsaid: unsaid, forMs }),
    });
  }

  answered(): void {
    this.#message = null;
    const ended = [...this.#lines.values()].map((line) => line.end()).filter((end) => end !== null);
    if (ended.length === 0) return;
    const forMs = Math.max(...ended.map((end) => end.forMs));
    this.#log.info('registry-recovered', `the registry answers again, after ${seconds(forMs)}`, { forMs });
  }
}

/** What is appended to a line that has not been said each time. */
export function describeRepetition({ unsaid, forMs }: Repetition): string {
  if (unsaid === 0) return '';
  const lasts = forMs === 0 ? '' : `, and for ${seconds(forMs)} now`;
  return ` (${unsaid} more times since it was last said${lasts})`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
