import { GatewayError, messageOf } from '../../errors.ts';
import { parseRetryAfter } from '../../retry-after.ts';
import type { JsonObject } from './mlflow-client.ts';
import { tlsProblem } from './mlflow-tls.ts';

/** An HTTP answer as it came. */
export interface RawAnswer {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
  readonly retryAfter: string | null;
  /** The `Authorization` header that the request carried. */
  readonly authorization: string | null;
}

/** Origin and path only: never user info or query. */
export function printableUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/** 401, and the 403 of MLflow's Host check: nothing at all can be asked. */
export function forbidden(answer: RawAnswer): GatewayError {
  const where = answer.url.origin;
  if (answer.status === 403) {
    return failure(
      'REGISTRY_FORBIDDEN',
      answer,
      `MLflow at ${where} refuses the host name "${answer.url.host}" (403 Invalid Host header); ` +
        `start it with --allowed-hosts "${answer.url.host}" (which replaces its defaults)`,
    );
  }
  return failure('REGISTRY_FORBIDDEN', answer, `MLflow at ${where} ${refusal(answer.authorization)}`);
}

function refusal(authorization: string | null): string {
  if (authorization === null) {
    return 'asks for credentials (401); set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN';
  }
  return authorization.startsWith('Basic ')
    ? 'refuses the user name or the password (401); they are MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD'
    : "refuses the token of MLFLOW_TRACKING_TOKEN (401); MLflow's own basic-auth takes a user name and password, no token";
}

/** What a server before MLflow says with status 400 about the connection (nginx's words), and what to do about it. */
const CONNECTION_ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /No required SSL certificate was sent/i,
    'MLFLOW_TRACKING_CLIENT_CERT_PATH must name a PEM file with a certificate that the server takes, and its key',
  ],
  [/SSL certificate error/i, 'the server does not take the certificate of MLFLOW_TRACKING_CLIENT_CERT_PATH'],
  [/plain HTTP request was sent to HTTPS port/i, 'the URI must begin with https://'],
];

/** Any answer that is none of the API's: 5xx, 429, HTML, text, a truncated JSON. `advice` is appended. */
export function unavailable(answer: RawAnswer, body: JsonObject | null, advice: string | null): GatewayError {
  const what = `${printableUrl(answer.url)} answered ${answer.status}`;
  const code = typeof body?.error_code === 'string' ? body.error_code : null;
  if (code === 'FEATURE_DISABLED') {
    return failure(
      'REGISTRY_UNAVAILABLE',
      answer,
      `${what}: the server has no workspaces; unset MLFLOW_WORKSPACE`,
    );
  }
  const detail =
    body === null ? excerpt(answer.text) : [code, body.message ?? body.detail].filter(Boolean).join(': ');
  const kind = body === null && answer.status === 200 ? ` with ${noJson(answer.text)}` : '';
  const said = detail === '' ? '' : `: ${printable(detail)}`;
  const more = advice ?? CONNECTION_ADVICE.find(([words]) => body === null && words.test(detail))?.[1];
  return failure(
    'REGISTRY_UNAVAILABLE',
    answer,
    `${what}${kind}${said}${more === undefined ? '' : `; ${more}`}`,
  );
}

/** MLflow's 404 to everything that is asked in a workspace that does not exist, which says nothing about models. */
export function noSuchWorkspace(answer: RawAnswer, message: string): GatewayError {
  const what = `MLflow at ${answer.url.origin} says "${printable(message)}" (404)`;
  return failure('REGISTRY_UNAVAILABLE', answer, `${what}; MLFLOW_WORKSPACE must name a workspace of it`);
}

/** A redirect that is not followed: to another origin, or in a circle. */
export function redirected(answer: RawAnswer, target: URL | null): GatewayError {
  const to = target === null ? 'nowhere' : printableUrl(target);
  const why =
    target !== null && target.origin === answer.url.origin
      ? 'too often'
      : 'which is another origin, where the credentials must not go; if that is the server, use its URI';
  return failure('REGISTRY_UNAVAILABLE', answer, `${printableUrl(answer.url)} redirects to ${to}, ${why}`);
}

/** No answer at all. */
export function unreachable(url: URL, error: unknown, timeoutMs: number): GatewayError {
  const isSecure = url.protocol === 'https:';
  const isTimeout =
    error instanceof Error && /Timeout/.test(`${error.name} ${(error as { code?: string }).code}`);
  const why = isTimeout
    ? `no answer within ${timeoutMs} ms`
    : ((isSecure ? tlsProblem(error) : null) ?? reasonOf(error));
  return new GatewayError('REGISTRY_UNAVAILABLE', `cannot reach MLflow at ${printableUrl(url)}: ${why}`, {
    cause: error,
  });
}

/** 403 about one thing; MLflow gives it to non-administrators for models that do not exist, too. */
export function deniedFor(what: string): GatewayError {
  return new GatewayError(
    'REGISTRY_FORBIDDEN',
    `MLflow does not let this account read ${what}, or it does not exist (403); grant READ on it`,
  );
}

/** MLflow's 400 or unexpected 404 about one thing, which should not happen. */
export function refused(
  answer: { readonly errorCode: string | null; readonly message: string },
  what: string,
): GatewayError {
  const said = [answer.errorCode, answer.message].filter(Boolean).join(': ');
  return new GatewayError('REGISTRY_UNAVAILABLE', `MLflow refused to tell about ${what}: ${printable(said)}`);
}

/** 403 to a tag of a version that the account may read. */
export function tagForbidden(what: string): GatewayError {
  return new GatewayError(
    'REGISTRY_FORBIDDEN',
    `MLflow does not let this account set tags on ${what} (403); grant EDIT on the model, or unset SWITCHYARD_VERDICT_TAGS`,
  );
}

/** MLflow's 400 to a tag, which should not happen. */
export function refusedToSet(
  answer: { readonly errorCode: string | null; readonly message: string },
  what: string,
): GatewayError {
  const said = [answer.errorCode, answer.message].filter(Boolean).join(': ');
  return new GatewayError(
    'REGISTRY_UNAVAILABLE',
    `MLflow refused to set a tag on ${what}: ${printable(said)}`,
  );
}

function failure(
  code: 'REGISTRY_FORBIDDEN' | 'REGISTRY_UNAVAILABLE',
  answer: RawAnswer,
  message: string,
): GatewayError {
  const retryAfterSeconds = parseRetryAfter(answer.retryAfter);
  return new GatewayError(code, message, retryAfterSeconds === null ? {} : { retryAfterSeconds });
}

/** An HTML page's title, else the beginning of its text. */
function excerpt(text: string): string {
  if (isBinary(text)) return '';
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text) ?? /<title>([^<]*)/i.exec(text);
  return title?.[1] ?? text.replace(/<[^>]*>/g, ' ');
}

/** One line of at most 160 characters, whatever a server has said. */
export function printable(text: string): string {
  const line = text
    .replace(/\p{C}|\s+/gu, ' ')
    .replace(/ +/g, ' ')
    .trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

/** What came in the place of MLflow's JSON, for the sentence. */
function noJson(text: string): string {
  if (/^\s*\{/.test(text)) return 'JSON that breaks off or is damaged (a proxy that cuts answers?)';
  if (isBinary(text)) return 'bytes that are no text';
  return 'something that is no JSON (a login page or proxy?)';
}

function isBinary(text: string): boolean {
  return /[\ufffd\0]/.test(text);
}

/** What a broken connection means; the system's word for it follows. */
const CONNECTION_FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut before the answer was complete',
  UND_ERR_SOCKET: 'the connection was cut before the answer was complete',
  EPIPE: 'the connection was cut before the answer was complete',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name cannot be looked up now',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
};

/** Node wraps what happened on several addresses into an AggregateError with an empty message. */
function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const said = printable(messageOf(error)) || code || 'the connection failed';
  const meaning = CONNECTION_FAILURES[code ?? ''];
  return meaning === undefined ? said : `${meaning} (${said})`;
}
