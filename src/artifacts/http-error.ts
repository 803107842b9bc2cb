import type { Dispatcher } from 'undici';
import { type ErrorCode, GatewayError } from '../errors.ts';
import { parseRetryAfter } from '../retry-after.ts';

/** Enough for MLflow's sentence; the rest of a page is not read. */
const MAX_ERROR_BYTES = 4_096;
const MAX_SENTENCE_LENGTH = 200;

/** The cause of errors that come from an answer other than 200, for sources that know more about what it means. */
export class UnexpectedStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

/**
 * Reads what the server says and turns its status into an error.
 *
 * @param url Already safe to print.
 * @param isRegistry It is the MLflow server that answered, so hints about its accounts and options make sense.
 */
export async function responseError(
  response: Dispatcher.ResponseData,
  url: string,
  isRegistry: boolean,
): Promise<GatewayError> {
  const { statusCode, headers } = response;
  const said = await readSentence(response);
  const detail = said === '' ? '' : `: ${said}`;
  const hint = isRegistry ? hintFor(statusCode, said) : null;
  const retryAfter = headers['retry-after'];
  const retryAfterSeconds = typeof retryAfter === 'string' ? parseRetryAfter(retryAfter) : null;
  return new GatewayError(
    codeFor(statusCode),
    `"${url}" answered ${statusCode}${detail}${hint === null ? '' : `; ${hint}`}`,
    {
      cause: new UnexpectedStatus(statusCode),
      ...(retryAfterSeconds === null ? {} : { retryAfterSeconds }),
    },
  );
}

function codeFor(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'ARTIFACT_FORBIDDEN';
  if (status === 400 || status === 404 || status === 410) return 'ARTIFACT_INVALID';
  return 'ARTIFACT_UNAVAILABLE';
}

function hintFor(status: number, said: string): string | null {
  if (status === 401)
    return 'check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN';
  if (status === 403) {
    return /host header/i.test(said)
      ? 'the MLflow server must allow this host name (its option --allowed-hosts)'
      : 'the account needs READ on the model and on the experiment that holds its artifacts';
  }
  if (status === 503 && said.includes('serve-artifacts'))
    return 'the MLflow server does not serve artifacts: start it with --serve-artifacts';
  return null;
}

async function readSentence(response: Dispatcher.ResponseData): Promise<string> {
  if (String(response.headers['content-type'] ?? '').includes('html') && response.statusCode !== 503) {
    response.body.destroy();
    return '';
  }
  let text = '';
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length > MAX_ERROR_BYTES) break;
    }
  } catch {
    // The status alone says enough.
  } finally {
    response.body.destroy();
  }
  const sentence = messageIn(text)
    .replace(/(?:<[^>]*>|\p{Cc}|\s)+/gu, ' ')
    .trim();
  return sentence.length > MAX_SENTENCE_LENGTH ? `${sentence.slice(0, MAX_SENTENCE_LENGTH)}…` : sentence;
}

/** MLflow's Flask routes answer `{error_code, message}`, its native routes `{detail}`, stores XML. */
function messageIn(text: string): string {
  // S3 repeats in its errors what was signed and by which key.
  if (/^\s*<(\?xml|Error)/.test(text))
    return ['Code', 'Message'].map((name) => elementIn(text, name)).join(' ');
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) {
      const { message, detail } = body as { message?: unknown; detail?: unknown };
      if (typeof message === 'string') return message;
      if (typeof detail === 'string') return detail;
    }
  } catch {
    // No JSON: the text itself.
  }
  return text;
}

function elementIn(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
}
