import { createHash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** The strong ETag of a content. */
export function etagOf(content: Uint8Array): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}

/** Answers with a file as servers do that know ranges: a strong ETag, `Range` honoured if there is no other `If-Range`. */
export function answerRangedFile(
  request: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array,
  more: OutgoingHttpHeaders = {},
): void {
  const etag = etagOf(content);
  const size = content.byteLength;
  const headers = { ...more, etag, 'accept-ranges': 'bytes' };
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  const isSame = (request.headers['if-range'] ?? etag) === etag;
  if (Number.isNaN(start) || !isSame) {
    response.writeHead(200, { ...headers, 'content-length': size }).end(content);
  } else if (start >= size) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${size}` }).end();
  } else {
    const range = `bytes ${start}-${size - 1}/${size}`;
    response
      .writeHead(206, { ...headers, 'content-length': size - start, 'content-range': range })
      .end(content.subarray(start));
  }
}
