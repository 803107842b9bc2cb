import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** What Hono hands on: Node's own request and response, absent when a test calls the app without a socket. */
export interface HttpEnv {
  Bindings: Partial<HttpBindings>;
}

export type HttpContext = Context<HttpEnv>;

/** A request header, without building a `Headers` object where Node has parsed it already. */
export function headerOf(context: HttpContext, name: string): string | undefined {
  const incoming = context.env?.incoming;
  if (incoming === undefined) return context.req.header(name);
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
