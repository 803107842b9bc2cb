import { Readable } from 'node:stream';
import type { BodyReader } from './body-reader.ts';
import { type HttpContext, headerOf } from './http-env.ts';

/** The whole body of a request, unpacked. @throws GatewayError as `BodyReader.read`. */
export function readRequestBody(context: HttpContext, bodies: BodyReader): Promise<Buffer> {
  const stream =
    context.env?.incoming ??
    (context.req.raw.body === null ? Readable.from([]) : Readable.fromWeb(context.req.raw.body as never));
  return bodies.read(stream, {
    contentEncoding: headerOf(context, 'content-encoding'),
    contentLength: headerOf(context, 'content-length'),
  });
}
