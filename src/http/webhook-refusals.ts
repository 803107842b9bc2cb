import type { GatewayError } from '../errors.ts';
import type { Log } from '../observability/log.ts';

/** Anybody can send what is refused: so much is written of it at most. */
const LEAST_INTERVAL_MS = 60_000;

/** Tells of deliveries that were refused, each kind at most once a minute. */
export class WebhookRefusals {
  readonly #log: Log;
  readonly #now: () => number;
  /** By error code: when it was told last, and how many came since. */
  readonly #told = new Map<string, { readonly at: number; untold: number }>();

  /** @param now in ms since the epoch. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  tell({ code, message }: GatewayError, requestId: string): void {
    const last = this.#told.get(code);
    if (last !== undefined && this.#now() - last.at < LEAST_INTERVAL_MS) {
      last.untold++;
      return;
    }
    this.#told.set(code, { at: this.#now(), untold: 0 });
    this.#log.warn('webhook-refused', `a delivery of a webhook was refused: ${message}`, {
      code,
      requestId,
      sinceLastLine: last?.untold ?? 0,
    });
  }
}
