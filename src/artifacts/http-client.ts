import { readFileSync } from 'node:fs';
import { Agent, type Dispatcher } from 'undici';
import { GatewayError, messageOf } from '../errors.ts';
import type { ArtifactContent, ResumePoint } from './artifact-source.ts';
import { responseError } from './http-error.ts';
import { contentRangeStart, rangeHeaders, validatorOf } from './http-range.ts';
import { printableLocation } from './printable-location.ts';
import { isPublicTarget, lookupPublic } from './public-target.ts';

/** How a server is convinced of who we are. */
export type HttpCredentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

/** The meaning of MLflow's `MLFLOW_TRACKING_INSECURE_TLS`, `…_SERVER_CERT_PATH` and `…_CLIENT_CERT_PATH`. */
export interface HttpTlsOptions {
  /** Certificates are not verified. */
  readonly insecure?: boolean;
  /** PEM file with the certificate authorities to trust. */
  readonly caPath?: string;
  /** One PEM file with our certificate and its key. */
  readonly clientCertPath?: string;
}

export interface ArtifactHttpOptions {
  /** Origins that may be asked, e.g. `https://mlflow.example.com`; redirects are followed only to these. */
  readonly allowedOrigins: readonly string[];
  /** Whether other `https` origins may be asked, too, if they are not at an address of this machine or link. */
  readonly allowsPublic?: boolean;
  /** The one origin that gets `credentials` and `headers`; must be allowed, too. `null`: nobody does. */
  readonly trustedOrigin: string | null;
  readonly credentials?: HttpCredentials | null;
  /** Sent to the trusted origin only, e.g. `x-mlflow-workspace`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: HttpTlsOptions;
  /** Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Until the first byte of an answer; an MLflow server may first fetch the object from its own store. Default 300,000. */
  readonly headersTimeoutMs?: number;
  /** Silence within a body. Default 60,000. */
  readonly bodyTimeoutMs?: number;
}

export interface GetOptions {
  /** Where to go on; a server that cannot gives the whole file. */
  readonly resume?: ResumePoint | null;
  /** Sent to the URL's own origin only. */
  readonly headers?: Readonly<Record<string, string>>;
}

const MAX_REDIRECTS = 5;

/** GETs from allowed origins only. Invariant: the credentials leave for no origin but the trusted one, redirects included. */
export class ArtifactHttpClient {
  readonly #allowed: ReadonlySet<string>;
  readonly #trusted: string | null;
  readonly #trustedHeaders: Readonly<Record<string, string>>;
  readonly #agent: Agent;
  /** For origins that nobody listed; `null`: there are none. */
  readonly #publicAgent: Agent | null;

  constructor(options: ArtifactHttpOptions) {
    this.#trusted = options.trustedOrigin === null ? null : new URL(options.trustedOrigin).origin;
    this.#allowed = new Set(options.allowedOrigins.map((origin) => new URL(origin).origin));
    this.#trustedHeaders = { ...options.headers, ...authorization(options.credentials ?? null) };
    const connect = { timeout: options.connectTimeoutMs ?? 10_000, ...tlsOptions(options.tls ?? {}) };
    const behaviour = {
      allowH2: false,
      headersTimeout: options.headersTimeoutMs ?? 300_000,
      bodyTimeout: options.bodyTimeoutMs ?? 60_000,
    };
    this.#agent = new Agent({ connect, ...behaviour });
    this.#publicAgent =
      options.allowsPublic === true
        ? new Agent({ connect: { ...connect, lookup: lookupPublic }, ...behaviour })
        : null;
  }

  /**
   * @throws GatewayError ARTIFACT_FORBIDDEN (origin not allowed, 401, 403), ARTIFACT_INVALID (400, 404, 410),
   *   ARTIFACT_UNAVAILABLE (everything else); the signal's reason if aborted. The body throws the same while it is read,
   *   also if it ends before its Content-Length or its last chunk (undici checks that). It must be read to its end.
   */
  async get(url: URL, signal: AbortSignal, options: GetOptions = {}): Promise<ArtifactContent> {
    const { resume = null, headers: own = {} } = options;
    let target = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      this.requireAllowed(target, url);
      const sent = { ...rangeHeaders(resume), ...(target.origin === url.origin ? own : {}) };
      const response = await this.#request(target, sent, signal);
      const { statusCode, headers } = response;
      const location = headers.location;
      if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
        await response.body.dump();
        target = resolveRedirect(location, target);
        continue;
      }
      if (statusCode === 416 && resume !== null) {
        // The file is shorter now, and the server looks at the range before it looks whether that still is the file.
        await response.body.dump();
        return this.get(url, signal, { headers: own });
      }
      return toContent(response, { url: target, resume, signal, isTrusted: target.origin === this.#trusted });
    }
    throw unavailable(url, `redirected more than ${MAX_REDIRECTS} times`);
  }

  async #request(
    url: URL,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    signal.throwIfAborted();
    try {
      const agent = this.#allowed.has(url.origin) ? this.#agent : (this.#publicAgent ?? this.#agent);
      const response = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'GET',
        headers: {
          'accept-encoding': 'identity',
          ...headers,
          ...(url.origin === this.#trusted ? this.#trustedHeaders : {}),
        },
        signal,
      });
      // A body that is destroyed while nobody reads it emits its error, which without a listener ends the process.
      response.body.on('error', () => {});
      return response;
    } catch (error) {
      signal.throwIfAborted();
      throw unavailable(url, `could not be read: ${messageOf(error)}`, error);
    }
  }

  /** @throws GatewayError ARTIFACT_FORBIDDEN naming the setting that would allow `target`, to which `asked` led. */
  requireAllowed(target: URL, asked: URL = target): void {
    if (this.#allowed.has(target.origin)) return;
    if (this.#publicAgent !== null && isPublicTarget(target)) return;
    const what =
      target === asked
        ? `artifacts at "${printableLocation(asked.href)}" are not fetched`
        : `"${printableLocation(asked.href)}" redirects to "${target.origin}", which is not followed`;
    throw new GatewayError(
      'ARTIFACT_FORBIDDEN',
      `${what}: add "${target.origin}" to SWITCHYARD_ARTIFACT_ORIGINS to allow it`,
    );
  }

  async close(): Promise<void> {
    for (const agent of [this.#agent, this.#publicAgent])
      if (agent !== null && !agent.destroyed) await agent.destroy();
  }
}

interface Asked {
  readonly url: URL;
  readonly isTrusted: boolean;
  readonly resume: ResumePoint | null;
  readonly signal: AbortSignal;
}

async function toContent(response: Dispatcher.ResponseData, asked: Asked): Promise<ArtifactContent> {
  const { statusCode, headers, body } = response;
  const { url, resume, signal } = asked;
  const isRest = statusCode === 206 && resume !== null;
  if (statusCode !== 200 && !isRest)
    throw await responseError(response, printableLocation(url.href), asked.isTrusted);
  const refuse = (why: string) => {
    body.destroy();
    return unavailable(url, why);
  };
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw refuse('answered with a compressed body that was not asked for');
  const chunks = readBody(body, url, signal);
  if (!isRest) return { offset: 0, validator: validatorOf(headers), chunks };
  if (contentRangeStart(headers) !== resume.offset)
    throw refuse('answered with another part of the file than was asked for');
  return { offset: resume.offset, validator: resume.validator, chunks };
}

async function* readBody(
  body: Dispatcher.ResponseData['body'],
  url: URL,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk as Uint8Array;
  } catch (error) {
    signal.throwIfAborted();
    throw unavailable(url, `broke off while it was read: ${messageOf(error)}`, error);
  } finally {
    body.destroy();
  }
}

function resolveRedirect(location: string, from: URL): URL {
  const target = URL.parse(location, from.href);
  if (target === null) throw unavailable(from, 'redirected to something that is no URL');
  return target;
}

function unavailable(url: URL, what: string, cause?: unknown): GatewayError {
  return new GatewayError('ARTIFACT_UNAVAILABLE', `"${printableLocation(url.href)}" ${what}`, { cause });
}

function authorization(credentials: HttpCredentials | null): Record<string, string> {
  if (credentials === null) return {};
  if (credentials.kind === 'bearer') return { authorization: `Bearer ${credentials.token}` };
  const pair = `${credentials.username}:${credentials.password}`;
  return { authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}

function tlsOptions(tls: HttpTlsOptions): Record<string, unknown> {
  const clientCertificate = tls.clientCertPath === undefined ? null : readFileSync(tls.clientCertPath);
  return {
    ...(tls.insecure === true ? { rejectUnauthorized: false } : {}),
    ...(tls.caPath === undefined ? {} : { ca: readFileSync(tls.caPath) }),
    ...(clientCertificate === null ? {} : { cert: clientCertificate, key: clientCertificate }),
  };
}
