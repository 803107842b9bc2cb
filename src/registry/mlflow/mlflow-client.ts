import { Agent, request } from 'undici';
import { GatewayError } from '../../errors.ts';
import { authorizationOf, type MlflowCredentials } from './mlflow-credentials.ts';
import { asObject } from './mlflow-entities.ts';
import {
  forbidden,
  noSuchWorkspace,
  type RawAnswer,
  redirected,
  unavailable,
  unreachable,
} from './mlflow-errors.ts';
import { connectOptions, type MlflowTls } from './mlflow-tls.ts';
import { RoutePatience } from './route-patience.ts';

export interface MlflowClientOptions {
  /** `http(s)://[user:password@]host[:port][/prefix]`. */
  readonly uri: string;
  /** Win over the user info of `uri`. */
  readonly credentials: MlflowCredentials | null;
  readonly tls: MlflowTls;
  /** For one request, its body included. */
  readonly requestTimeoutMs: number;
  /** When a second attempt is made beside one that nothing has come of. Default: never. */
  readonly patienceMs?: number;
  /** Sent as `X-MLFLOW-WORKSPACE`; a server without workspaces refuses it. */
  readonly workspace: string | null;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** MLflow's word on the thing that was asked for. Everything else that can go wrong is thrown. */
export type MlflowAnswer =
  | { readonly ok: true; readonly body: JsonObject }
  | {
      readonly ok: false;
      /** 400, 403 or 404; for `manage` 500, too. */
      readonly status: number;
      /** `RESOURCE_DOES_NOT_EXIST`, `INVALID_PARAMETER_VALUE`, …; `null` where the answer was not MLflow's JSON. */
      readonly errorCode: string | null;
      readonly message: string;
    };

/** A call of `MlflowClient.manage`. */
export interface ManagingCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/2.0/mlflow/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  /** Default: the client's. */
  readonly timeoutMs?: number;
}

interface Call {
  readonly method: ManagingCall['method'];
  /** Below `/api/2.0/mlflow/`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** The route does not exist in every MLflow: its absence is an answer (404), not a failure. */
  readonly isOptional: boolean;
  /** Not to be sent again where it may have arrived; MLflow's word that it failed inside (500) is an answer. */
  readonly isManaging?: boolean;
  readonly timeoutMs?: number;
}

/** 1000 models with long tags are a few MiB. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const MAX_REDIRECTS = 5;

/** MLflow's registry API over HTTP. Credentials and redirects never leave the origin of the URI. */
export class MlflowClient {
  /** Origin and path of the server, without user info and query. */
  readonly id: string;
  /** Whether it sends user and password (HTTP Basic). */
  readonly hasPassword: boolean;
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #patience: RoutePatience | null;
  #prefixAdvice: string | null = null;

  /** @throws GatewayError INVALID_SETTING for a URI that is not http(s), or unreadable certificate files. */
  constructor(options: MlflowClientOptions) {
    this.#base = parseBase(options.uri);
    this.id = this.#base.href.replace(/\/$/, '');
    const authorization = authorizationOf(options.uri, options.credentials);
    this.hasPassword = authorization?.startsWith('Basic ') ?? false;
    this.#headers = {
      accept: 'application/json',
      'user-agent': 'switchyard',
      ...(authorization === null ? {} : { authorization }),
      ...(options.workspace === null ? {} : { 'x-mlflow-workspace': options.workspace }),
    };
    this.#timeoutMs = options.requestTimeoutMs;
    const { patienceMs = null, requestTimeoutMs } = options;
    this.#patience = patienceMs === null ? null : new RoutePatience(patienceMs, requestTimeoutMs);
    this.#agent = new Agent({
      // HTTP/1.1, as MLflow's own client speaks; undici would take HTTP/2 where a proxy offers it.
      allowH2: false,
      connect: connectOptions(options.tls),
      connectTimeout: options.requestTimeoutMs,
    });
  }

  /** GET of an API route. @throws GatewayError REGISTRY_UNAVAILABLE or REGISTRY_FORBIDDEN; `signal`'s reason. */
  async get(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<MlflowAnswer> {
    return await this.#call({ method: 'GET', path, query, body: null, isOptional: false }, signal);
  }

  /** As `get`, for a route that older servers do not have: they give 404. */
  async getOptional(path: string, signal: AbortSignal): Promise<MlflowAnswer> {
    return await this.#call({ method: 'GET', path, query: {}, body: null, isOptional: true }, signal);
  }

  /** POST (of a search, so it can be repeated) to a route that older servers do not have: they give 404. */
  async searchOptional(path: string, body: JsonObject, signal: AbortSignal): Promise<MlflowAnswer> {
    const call = { method: 'POST', path, query: {}, body: JSON.stringify(body), isOptional: true } as const;
    return await this.#call(call, signal);
  }

  /** POST of what may be repeated: a closed connection makes it be sent again. Throws as `get`. */
  async post(path: string, body: JsonObject, signal: AbortSignal): Promise<MlflowAnswer> {
    const call = { method: 'POST', path, query: {}, body: JSON.stringify(body), isOptional: false } as const;
    return await this.#call(call, signal);
  }

  /**
   * A call, sent once, to a route of MLflow's administration that older servers do not have: they give 404. Throws as `get`.
   */
  async manage(managing: ManagingCall, signal: AbortSignal): Promise<MlflowAnswer> {
    const { query = {}, body } = managing;
    const content = body === undefined ? null : JSON.stringify(body);
    return await this.#call(
      { ...managing, query, body: content, isOptional: true, isManaging: true },
      signal,
    );
  }

  /** Closes all connections. Idempotent. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #call(call: Call, signal: AbortSignal): Promise<MlflowAnswer> {
    const url = new URL(`api/2.0/mlflow/${call.path}${queryText(call.query)}`, this.#base);
    const answer = await this.#followRedirects(url, call, signal);
    const body = parseJsonObject(answer.text);
    if (answer.status === 200 && body !== null) return { ok: true, body };
    const errorCode = typeof body?.error_code === 'string' ? body.error_code : null;
    const message = typeof body?.message === 'string' ? body.message : '';
    if (answer.status === 404 && errorCode === null && !call.isOptional) {
      this.#prefixAdvice ??= await this.#adviseOnPrefix(signal);
      throw unavailable(answer, null, this.#prefixAdvice);
    }
    const isFailureInside =
      call.isManaging === true && answer.status === 500 && errorCode === 'INTERNAL_ERROR';
    if (answer.status === 404 && /^Workspace '.*' not found/i.test(message))
      throw noSuchWorkspace(answer, message);
    const isAboutTheThing = answer.status === 400 || answer.status === 404 || isFailureInside;
    if (isAboutTheThing && (errorCode !== null || call.isOptional)) {
      return { ok: false, status: answer.status, errorCode, message };
    }
    if (answer.status === 401) throw forbidden(answer);
    if (answer.status === 403) {
      if (/invalid host header/i.test(answer.text)) throw forbidden(answer);
      return { ok: false, status: 403, errorCode, message: message || answer.text };
    }
    throw unavailable(answer, body, null);
  }

  async #followRedirects(url: URL, call: Call, signal: AbortSignal): Promise<RawAnswer> {
    let target = url;
    for (let hops = 0; ; hops += 1) {
      const answer = await this.#sendPatiently(target, call, signal);
      if (answer.location === null || ![301, 302, 303, 307, 308].includes(answer.status)) return answer;
      const next = URL.canParse(answer.location, target.href) ? new URL(answer.location, target) : null;
      if (next === null || next.origin !== url.origin || hops >= MAX_REDIRECTS) {
        throw redirected(answer, next);
      }
      target = next;
    }
  }

  async #sendPatiently(url: URL, call: Call, signal: AbortSignal): Promise<RawAnswer> {
    const send = (until: AbortSignal) => this.#sendTwice(url, call, until);
    if (call.isManaging || this.#patience === null) return await send(signal);
    return await this.#patience.attempt(routeOf(call), send, signal);
  }

  /** Once more if the server closed the kept connection in the moment we used it; nearly all calls may be repeated. */
  async #sendTwice(url: URL, call: Call, signal: AbortSignal): Promise<RawAnswer> {
    try {
      return await this.#send(url, call, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (call.isManaging || !isClosedConnection(error)) throw this.#convert(error, url, call);
    }
    try {
      return await this.#send(url, call, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#convert(error, url, call);
    }
  }

  #convert(error: unknown, url: URL, { timeoutMs = this.#timeoutMs }: Call): GatewayError {
    return error instanceof GatewayError ? error : unreachable(url, error, timeoutMs);
  }

  async #send(url: URL, call: Call, signal: AbortSignal): Promise<RawAnswer> {
    const { statusCode, headers, body } = await request(url, {
      method: call.method,
      headers: call.body === null ? this.#headers : { ...this.#headers, 'content-type': 'application/json' },
      body: call.body,
      dispatcher: this.#agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(call.timeoutMs ?? this.#timeoutMs)]),
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > MAX_RESPONSE_BYTES) {
        throw new GatewayError(
          'REGISTRY_UNAVAILABLE',
          `MLflow at ${this.id} answered with more than ${MAX_RESPONSE_BYTES} bytes`,
        );
      }
      chunks.push(chunk);
    }
    return {
      url,
      status: statusCode,
      text: Buffer.concat(chunks).toString('utf8'),
      location: single(headers.location),
      retryAfter: single(headers['retry-after']),
      authorization: this.#headers.authorization ?? null,
    };
  }

  /** `--static-prefix` moved different routes in different releases; tells which base answers here. */
  async #adviseOnPrefix(signal: AbortSignal): Promise<string> {
    if (this.#base.pathname === '/') {
      return 'if the server runs with --static-prefix, add that prefix to the URI';
    }
    const root = new URL('/', this.#base);
    const probe = new URL('api/2.0/mlflow/registered-models/search?max_results=1', root);
    const call = { method: 'GET', path: '', query: {}, body: null, isOptional: true } as const;
    const answer = await this.#send(probe, call, signal).catch(() => null);
    signal.throwIfAborted();
    if (answer !== null && parseJsonObject(answer.text) !== null) {
      return `it does at ${root.href}: before 3.12 MLflow keeps its API outside of --static-prefix; use that URI`;
    }
    return `neither does ${root.href}; is the path "${this.#base.pathname}" right?`;
  }
}

/** `registered-models/search`: without what names the thing. */
function routeOf({ path }: Call): string {
  return path.split('/', 2).join('/');
}

function parseBase(uri: string): URL {
  const url = URL.canParse(uri) ? new URL(uri) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new GatewayError('INVALID_SETTING', 'the MLflow URI must be of the form "http(s)://host:port"');
  }
  return new URL(`${url.origin}${url.pathname.replace(/\/*$/, '/')}`);
}

function queryText(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(
    ([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function parseJsonObject(text: string): JsonObject | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

function isClosedConnection(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
