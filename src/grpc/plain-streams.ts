import type { Http2Server, IncomingHttpHeaders } from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import type { Http2Listener } from '../http/http2-listener.ts';

type StreamListener = (stream: unknown, headers: IncomingHttpHeaders, ...rest: unknown[]) => void;

/** What grpc-js has and does not show. Its version is pinned, and `plain-streams.test.ts` tells when that changes. */
interface Internals {
  readonly http2Servers: ReadonlyMap<Http2Server, unknown>;
}

/**
 * Has requests that are no gRPC answered by `listener` on the connections that are injected into `server`, which by
 * itself would answer them 415. One connection may carry both, as those of Knative's queue-proxy do.
 *
 * @param server whose connection injector is made already.
 */
export function answerPlainStreams(server: Server, listener: Http2Listener): void {
  const { http2Servers } = server as unknown as Internals;
  for (const http2Server of http2Servers.keys()) {
    const takeGrpc = takeListeners(http2Server);
    // Node's own way from streams to requests begins with this listener.
    http2Server.on('request', listener);
    const takePlain = takeListeners(http2Server);
    const dispatch: StreamListener = (stream, headers, ...rest) => {
      const isGrpc = headers['content-type']?.startsWith('application/grpc') === true;
      for (const take of isGrpc ? takeGrpc : takePlain) take.call(http2Server, stream, headers, ...rest);
    };
    http2Server.on('stream', dispatch as never);
  }
}

function takeListeners(server: Http2Server): readonly StreamListener[] {
  const listeners = server.listeners('stream') as StreamListener[];
  server.removeAllListeners('stream');
  return listeners;
}
