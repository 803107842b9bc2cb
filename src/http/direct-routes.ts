import type { IncomingMessage, ServerResponse } from 'node:http';
import { DirectCall, type ModelHandler } from './model-call.ts';
import { Outbox } from './outbox.ts';

/** Larger bodies take so long that what their way through the router costs does not show. */
const USUAL_BODY_BYTES = 1024 * 1024;

/** What stands for itself in a path. */
const PLAIN = /^[\w.~-]+$/;

interface PatternRoute {
  readonly prefix: string;
  readonly suffix: string;
  readonly handler: ModelHandler;
}

/**
 * The short way for the usual request: a model route's exact path with a body of known, modest length. The router,
 * its `Request` and its `Response` would cost such a request more than its inference (bench/README.md). Whatever is
 * unusual in any way is left to the router, which has the same handlers.
 */
export class DirectRoutes {
  readonly #maxBodyBytes: number;
  readonly #exact = new Map<string, ModelHandler>();
  readonly #patterns: PatternRoute[] = [];
  readonly #outbox = new Outbox();

  /** @param maxBodyBytes larger bodies are refused, which takes the router's care for the rest of such a body. */
  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = Math.min(maxBodyBytes, USUAL_BODY_BYTES);
  }

  /** @param path of a POST route, as Hono writes paths; the model's name is `:model`. */
  add(path: string, handler: ModelHandler): void {
    const [prefix, suffix] = path.split(':model');
    if (suffix?.includes('/:')) return; // a path with two names is unusual enough
    if (suffix === undefined) this.#exact.set(path, handler);
    else this.#patterns.push({ prefix: prefix!, suffix, handler });
  }

  /** Answers the request and returns true, or leaves it alone. */
  take(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    if (incoming.method !== 'POST' || !hasUsualBody(incoming, this.#maxBodyBytes)) return false;
    const path = incoming.url!;
    const exact = this.#exact.get(path);
    if (exact !== undefined) {
      void answer(exact, new DirectCall(null, incoming, outgoing), this.#outbox);
      return true;
    }
    for (const { prefix, suffix, handler } of this.#patterns) {
      if (!path.startsWith(prefix) || !path.endsWith(suffix)) continue;
      const model = path.slice(prefix.length, path.length - suffix.length);
      if (!PLAIN.test(model)) continue;
      void answer(handler, new DirectCall(model, incoming, outgoing), this.#outbox);
      return true;
    }
    return false;
  }
}

function hasUsualBody({ headers }: IncomingMessage, maxBytes: number): boolean {
  const length = Number(headers['content-length']);
  return (
    length > 0 &&
    length <= maxBytes &&
    headers['content-encoding'] === undefined &&
    headers.expect === undefined
  );
}

/** Never rejects: the handler answers every error by itself. */
async function answer(handler: ModelHandler, call: DirectCall, outbox: Outbox): Promise<void> {
  outbox.send(call, await handler(call));
}
