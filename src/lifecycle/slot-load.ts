import { type GatewayError, toGatewayError } from '../errors.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { Servable } from './servable.ts';
import type { LoadRequest } from './version-loader.ts';

export interface SlotLoadParts {
  readonly load: (request: LoadRequest, signal: AbortSignal) => Promise<Servable>;
  /** The servable is the callee's from here on. */
  readonly onLoaded: (servable: Servable, seconds: number) => void;
  readonly onFailed: (version: ModelVersion, error: GatewayError, seconds: number) => void;
  /** In ms since the epoch. */
  readonly now: () => number;
}

interface Running {
  readonly version: ModelVersion;
  readonly abort: AbortController;
  readonly ended: PromiseWithResolvers<void>;
}

/**
 * The load of one slot that is wanted now, if any. An abandoned one goes on until it notices, and what it then still
 * brings is closed at once and told to nobody.
 */
export class SlotLoad {
  readonly #parts: SlotLoadParts;
  #running: Running | null = null;
  /** The running one, and abandoned ones that have not noticed yet. */
  readonly #unended = new Set<Promise<void>>();

  constructor(parts: SlotLoadParts) {
    this.#parts = parts;
  }

  /** What is being loaded. */
  get version(): ModelVersion | null {
    return this.#running?.version ?? null;
  }

  start(request: LoadRequest): void {
    const { version } = request;
    const running: Running = { version, abort: new AbortController(), ended: Promise.withResolvers() };
    this.#running = running;
    const run = this.#run(running, request).finally(() => this.#unended.delete(run));
    this.#unended.add(run);
  }

  abandon(reason: GatewayError): void {
    const running = this.#running;
    this.#running = null;
    running?.abort.abort(reason);
    running?.ended.resolve();
  }

  /** Resolves when nothing is left of any load, abandoned ones included. */
  async ended(): Promise<void> {
    await Promise.all(this.#unended);
  }

  /** Resolves when nothing is being loaded any more, or when `signal` is aborted. */
  async settled(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    signal.addEventListener('abort', onAbort);
    try {
      while (this.#running !== null && !signal.aborted) {
        await Promise.race([this.#running.ended.promise, aborted.promise]);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Tells every outcome by itself; never rejects. */
  async #run(running: Running, request: LoadRequest): Promise<void> {
    const { load, onLoaded, onFailed, now } = this.#parts;
    const startedAt = now();
    const seconds = () => (now() - startedAt) / 1000;
    try {
      const servable = await load(request, running.abort.signal);
      if (this.#running !== running) {
        await servable.retire();
        return;
      }
      this.#running = null;
      onLoaded(servable, seconds());
    } catch (error) {
      if (this.#running !== running) return;
      this.#running = null;
      const failure = toGatewayError(error, 'INTERNAL', 'the load failed by a fault of the gateway');
      onFailed(running.version, failure, seconds());
    } finally {
      running.ended.resolve();
    }
  }
}
