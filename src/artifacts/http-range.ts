import type { IncomingHttpHeaders } from 'node:http';
import type { ResumePoint } from './artifact-source.ts';

/** RFC 9110, 8.8.2.2: a date names a state of the file only if it was that long ago when the answer was made. */
const SETTLED_AFTER_MS = 60_000;

/** Asks for the rest of a file, and for all of it if it is another one by now (RFC 9110, 13.1.5). */
export function rangeHeaders(resume: ResumePoint | null | undefined): Record<string, string> {
  if (resume == null) return {};
  return { range: `bytes=${resume.offset}-`, 'if-range': resume.validator };
}

/**
 * What a later `If-Range` can name this answer's content by: a strong ETag, else a date of change that is old enough.
 * `null` if there is none, or the server says that it knows no ranges.
 */
export function validatorOf(headers: IncomingHttpHeaders): string | null {
  if (headers['accept-ranges'] === 'none') return null;
  const { etag } = headers;
  if (etag !== undefined) return etag.startsWith('"') ? etag : null;
  const modified = headers['last-modified'];
  if (modified === undefined || headers.date === undefined) return null;
  const age = Date.parse(headers.date) - Date.parse(modified);
  return age >= SETTLED_AFTER_MS ? modified : null;
}

/** The offset of a 206 answer's first byte; `null` if it does not say. */
export function contentRangeStart(headers: IncomingHttpHeaders): number | null {
  const start = /^bytes (\d{1,15})-\d/.exec(headers['content-range'] ?? '')?.[1];
  return start === undefined ? null : Number(start);
}
