import { Hono } from 'hono';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import { problemDetails } from '../protocols/predict/problem-details.ts';
import type { ErrorBody, Protocol } from '../protocols/protocol.ts';
import { ERROR_STATUS, retryAfterHeader } from './error-status.ts';
import { type HttpContext, type HttpEnv, headerOf } from './http-env.ts';
import { requestIdOf } from './request-id.ts';
import type { PhaseHolder } from './serving-phase.ts';

/** @param requestId the one that the answer will carry. */
export type RouteHandler = (context: HttpContext, requestId: string) => Response | Promise<Response>;
type ErrorShape = (error: GatewayError, status: number, requestId: string) => ErrorBody;
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** All routes by path. Knows which methods each path has, so that a wrong one is a 405 and not a 404. */
export class RouteTable {
  readonly #app = new Hono<HttpEnv>();
  readonly #methods = new Map<string, Set<Method>>();
  readonly #phase: PhaseHolder;
  readonly #log: Log;
  readonly #protocols: readonly Protocol[];

  /** @param protocols whose prefixes decide the shape in which unknown paths and wrong methods are refused. */
  constructor(phase: PhaseHolder, log: Log, protocols: readonly Protocol[] = []) {
    this.#phase = phase;
    this.#log = log;
    this.#protocols = protocols;
  }

  /** A route whose errors are answered as problem details. */
  add(method: Method, path: string, handler: RouteHandler): void {
    this.addRaw(method, path, async (context) => {
      const requestId = requestIdOf(headerOf(context, 'x-request-id'));
      try {
        const response = await handler(context, requestId);
        response.headers.set('x-request-id', requestId);
        for (const [name, value] of Object.entries(this.#phase.headers)) response.headers.set(name, value);
        return response;
      } catch (error) {
        return this.#problem(error, requestId);
      }
    });
  }

  /** A route that answers its own errors. */
  addRaw(method: Method, path: string, handler: (context: HttpContext) => Promise<Response>): void {
    const pattern = patternOf(path);
    const methods = this.#methods.get(pattern) ?? new Set<Method>();
    this.#methods.set(pattern, methods.add(method));
    this.#app.on(method, pattern, handler);
  }

  /** The app; no routes can be added afterwards. */
  finish(): Hono<HttpEnv> {
    for (const [path, methods] of this.#methods) {
      const allow = [...methods, ...(methods.has('GET') ? ['HEAD'] : [])].join(', ');
      const owner = this.#ownerOf(path);
      this.#app.all(path, (context) => {
        const error = new GatewayError('METHOD_NOT_ALLOWED', `this path takes ${allow}`);
        const response = this.#problemOf(context, error, owner);
        response.headers.set('allow', allow);
        return response;
      });
    }
    this.#app.notFound((context) =>
      this.#problemOf(
        context,
        new GatewayError('ROUTE_NOT_FOUND', 'there is no such route; GET /models lists what is served'),
      ),
    );
    this.#app.onError((error, context) => this.#problemOf(context, error));
    return this.#app;
  }

  /** The protocol that has a route at this path, by whatever method. */
  #ownerOf(pattern: string): Protocol | undefined {
    return this.#protocols.find(({ routes, infoRoutes }) =>
      [...routes, ...infoRoutes].some(({ path }) => patternOf(path) === pattern),
    );
  }

  #problemOf(context: HttpContext, thrown: unknown, owner?: Protocol): Response {
    const { path } = context.req;
    const isUnder = (prefix: string) => path === prefix || path.startsWith(`${prefix}/`);
    const protocol = owner ?? this.#protocols.find(({ prefixes }) => prefixes.some(isUnder));
    return this.#problem(thrown, requestIdOf(headerOf(context, 'x-request-id')), protocol?.errorBody);
  }

  #problem(thrown: unknown, requestId: string, shape: ErrorShape = problemDetails): Response {
    const error = toGatewayError(thrown, 'INTERNAL', 'the request failed by a fault of the gateway');
    const status = ERROR_STATUS[error.code];
    if (error.code === 'INTERNAL')
      this.#log.error('request-failed', error.message, { requestId, err: error.cause });
    const { contentType, body } = shape(error, status, requestId);
    return new Response(body, {
      status,
      headers: {
        'content-type': contentType,
        'x-request-id': requestId,
        ...retryAfterHeader(status, error.retryAfterSeconds),
        ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
        ...this.#phase.headers,
      },
    });
  }
}

/** `:predict` of a pattern in which the value of `:model` ends so; the empty text for any other. */
export function verbOfModel(pattern: string): string {
  return /:model\{\[\^\/\]\+(:\w+)\}/.exec(pattern)?.[1] ?? '';
}

/** `/v1/models/:model:predict` as Hono has it: a name whose value ends in `:predict`. */
function patternOf(path: string): string {
  return path.replace(/:(\w+)(:\w+)/g, ':$1{[^/]+$2}');
}
