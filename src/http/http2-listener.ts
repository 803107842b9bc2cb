import type { ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { getRequestListener } from '@hono/node-server';
import type { App } from './app.ts';

export type Http2Listener = (incoming: Http2ServerRequest, outgoing: Http2ServerResponse) => void;

/** Answers requests over HTTP/2 by the same routes as those over HTTP/1.1, all through the router. */
export function createHttp2Listener({ router, answerClosed }: App): Http2Listener {
  const listener = getRequestListener(
    async (request, bindings) => {
      const response = await router.fetch(request, bindings);
      // HTTP/2 has no such field (RFC 9113 section 8.2.2): its sessions end by a frame.
      if (response.headers.has('connection')) response.headers.delete('connection');
      return response;
    },
    { overrideGlobalObjects: true },
  );
  return (incoming, outgoing) => {
    outgoing.once('close', () => answerClosed(outgoing as unknown as ServerResponse));
    void listener(incoming, outgoing); // answers every error by itself
  };
}
