import type { Deadline } from '../inference/deadline.ts';
import type { BodyReader } from './body-reader.ts';
import type { ModelCall } from './model-call.ts';

type Call = Pick<ModelCall, 'body' | 'header' | 'usualLength'>;

/** The whole body of a request, unpacked. @throws GatewayError as `BodyReader.read`. */
export function readRequestBody(call: Call, bodies: BodyReader, deadline: Deadline): Promise<Buffer> {
  if (call.usualLength !== null) return bodies.readKnown(call.body, call.usualLength, deadline);
  const headers = {
    contentEncoding: call.header('content-encoding'),
    contentLength: call.header('content-length'),
  };
  return bodies.read(call.body, headers, deadline);
}
