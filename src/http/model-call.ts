import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { routePath } from 'hono/route';
import { type HttpContext, headerOf } from './http-env.ts';
import { verbOfModel } from './route-table.ts';

/** A request to a model as it came in, by whichever door. */
export interface ModelCall {
  /** The route's name from the path; `null`: the default model. */
  readonly model: string | null;
  readonly body: Readable;
  /** The body's length if it is known, within the limits, not 0, and nothing has to be unpacked; else `null`. */
  readonly usualLength: number | null;
  /** Where the answer goes; `null` where a test calls without a socket. */
  readonly outgoing: ServerResponse | null;
  header(name: string): string | undefined;
  query(name: string): string | null;
  /** What stands in the path for a name of the route's path. */
  param(name: string): string | undefined;
}

/** What goes back. */
export interface WireAnswer {
  readonly status: number;
  /** Names and values by turns, the form that Node's `writeHead` takes without further work. The receiver's own. */
  readonly headers: string[];
  /** Text, or its UTF-8 bytes. */
  readonly body: string | Uint8Array<ArrayBuffer>;
}

export type ModelHandler = (call: ModelCall) => Promise<WireAnswer>;

/** A call by way of Hono's router. */
export function callOfContext(context: HttpContext): ModelCall {
  const { incoming, outgoing } = context.env ?? {};
  return {
    model: modelOf(context),
    body: incoming ?? bodyOf(context.req.raw),
    usualLength: null,
    outgoing: outgoing ?? null,
    header: (name) => headerOf(context, name),
    query: (name) => context.req.query(name) ?? null,
    param: (name) => context.req.param(name),
  };
}

/** `:model:predict` is for the router one name, whose value ends in `:predict`; MLflow 2 has models with a colon in their name, too. */
function modelOf(context: HttpContext): string | null {
  const value = context.req.param('model');
  if (value === undefined) return null;
  return value.slice(0, value.length - verbOfModel(routePath(context)).length);
}

function bodyOf({ body }: Request): Readable {
  return body === null ? Readable.from([]) : Readable.fromWeb(body as never);
}

export function toResponse({ status, headers, body }: WireAnswer): Response {
  const pairs: [string, string][] = [];
  for (let at = 0; at < headers.length; at += 2) pairs.push([headers[at]!, headers[at + 1]!]);
  return new Response(body, { status, headers: pairs });
}

/** A call straight from Node's server, of a path without a query. */
export class DirectCall implements ModelCall {
  readonly model: string | null;
  readonly body: IncomingMessage;
  readonly usualLength: number;
  readonly outgoing: ServerResponse;

  constructor(model: string | null, incoming: IncomingMessage, outgoing: ServerResponse) {
    this.model = model;
    this.body = incoming;
    this.usualLength = Number(incoming.headers['content-length']);
    this.outgoing = outgoing;
  }

  header(name: string): string | undefined {
    const value = this.body.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  query(): null {
    return null;
  }

  param(name: string): string | undefined {
    return name === 'model' ? (this.model ?? undefined) : undefined;
  }
}
