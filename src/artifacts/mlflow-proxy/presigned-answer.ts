import { GatewayError } from '../../errors.ts';

/** Where an MLflow server says that a file can be fetched without it. The URL's query is a secret. */
export interface PresignedFile {
  readonly url: URL;
  /** To be sent along. */
  readonly headers: Readonly<Record<string, string>>;
}

const MAX_ANSWER_BYTES = 65_536;
/** Ours to decide, or of the connection. */
const KEPT_OUT =
  /^(host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|content-length|accept-encoding|range|if-range|proxy-.*)$/i;

/**
 * Reads MLflow's `{"url", "headers", "file_size"}` (`entities/presigned_download.py`).
 *
 * @param where Printable address, for messages.
 * @throws GatewayError ARTIFACT_UNAVAILABLE if it is something else.
 */
export async function readPresigned(body: AsyncIterable<Uint8Array>, where: string): Promise<PresignedFile> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) throw noAnswer(where);
  }
  const answer = parse(text);
  const url = typeof answer?.url === 'string' ? URL.parse(answer.url) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw noAnswer(where);
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, headers: readHeaders(answer?.headers) };
}

function parse(text: string): { readonly url?: unknown; readonly headers?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function readHeaders(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] =>
      /^[A-Za-z0-9-]+$/.test(entry[0]) &&
      !KEPT_OUT.test(entry[0]) &&
      typeof entry[1] === 'string' &&
      /^[\t\x20-\x7e]*$/.test(entry[1]),
  );
  return Object.fromEntries(entries);
}

function noAnswer(where: string): GatewayError {
  return new GatewayError(
    'ARTIFACT_UNAVAILABLE',
    `"${where}" answered with something that is no presigned URL`,
  );
}
