import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerRangedFile, etagOf } from './ranged-file.ts';

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** An error of S3 as it is on the wire. */
export function answerS3Error(
  response: ServerResponse,
  status: number,
  code: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const fields = Object.entries({ Code: code, Message: `${code} it is`, ...more });
  const xml = fields.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`).join('');
  const region = more.Region === undefined ? {} : { 'x-amz-bucket-region': more.Region };
  response
    .writeHead(status, { 'content-type': 'application/xml', ...region })
    .end(`<?xml version="1.0" encoding="UTF-8"?><Error>${xml}</Error>`);
}

/**
 * Answers as an S3-compatible store does to what a reader asks, bucket in the path: ListObjectsV2 in pages with encoded
 * keys, GetObject with `Range` and `If-Match`.
 *
 * @param objects `bucket/key` → content.
 */
export function s3Answers(objects: ReadonlyMap<string, Uint8Array>, pageSize = 1_000) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'http://store');
    const [bucket = '', ...rest] = url.pathname.slice(1).split('/').map(decodeURIComponent);
    const key = rest.join('/');
    if (![...objects.keys()].some((name) => name.startsWith(`${bucket}/`)))
      answerS3Error(response, 404, 'NoSuchBucket');
    else if (key === '') answerListing({ objects, bucket, query: url.searchParams, pageSize }, response);
    else answerObject(request, response, objects.get(`${bucket}/${key}`));
  };
}

function answerObject(
  request: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array | undefined,
): void {
  const wanted = request.headers['if-match'];
  if (content === undefined) answerS3Error(response, 404, 'NoSuchKey');
  else if (wanted !== undefined && wanted !== etagOf(content))
    answerS3Error(response, 412, 'PreconditionFailed');
  else answerRangedFile(request, response, content);
}

interface Listing {
  readonly objects: ReadonlyMap<string, Uint8Array>;
  readonly bucket: string;
  readonly query: URLSearchParams;
  readonly pageSize: number;
}

function answerListing({ objects, bucket, query, pageSize }: Listing, response: ServerResponse): void {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? '';
  const keys = [...objects.keys()]
    .filter((name) => name.startsWith(`${bucket}/${prefix}`) && name > after)
    .sort();
  const page = keys.slice(0, pageSize);
  const contents = page.map((name) => {
    const key = encodeURIComponent(name.slice(bucket.length + 1))
      .replaceAll('%2F', '/')
      .replaceAll('%20', '+');
    return `<Contents><Key>${key}</Key><Size>${objects.get(name)!.byteLength}</Size></Contents>`;
  });
  const isTruncated = keys.length > page.length;
  const next = isTruncated ? `<NextContinuationToken>${escapeXml(page.at(-1)!)}</NextContinuationToken>` : '';
  response
    .writeHead(200, { 'content-type': 'application/xml' })
    .end(
      `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
    );
}
