import { once } from 'node:events';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
  type ConnectionInjector,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Http2Listener } from '../http/http2-listener.ts';
import { cannotListen } from '../http/server.ts';
import type { TlsIdentity } from '../http/tls-identity.ts';
import { answerPlainStreams } from './plain-streams.ts';

export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

export interface GrpcServerParts {
  readonly services: readonly GrpcService[];
  /** Of one message's tensors. */
  readonly maxBodyBytes: number;
  /** Ends calls that would go on for ever. */
  readonly onFinish: () => void;
}

export interface GrpcListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** As of `HttpServer.listen`. */
  readonly sharesPort: boolean;
  readonly tls: TlsIdentity | null;
  readonly onError: (error: Error) => void;
}

/** Beside the tensors a message holds names, shapes and parameters. */
const MESSAGE_MARGIN_BYTES = 1024 * 1024;
/** Pings that some proxies send more often than grpc-js allows by itself would end their connections. */
const LEAST_PING_INTERVAL_MS = 10_000;

/**
 * The gRPC services on connections that are given to it, of a port of their own or of the main port. The sockets are
 * ours, so that several processes can share the port and certificates are renewed as for HTTP.
 */
export class GrpcServer {
  readonly #server: Server;
  readonly #onFinish: () => void;
  readonly #injector: ConnectionInjector;
  readonly #sockets = new Set<Socket>();
  #listener: NetServer | null = null;

  constructor({ services, maxBodyBytes, onFinish }: GrpcServerParts) {
    this.#onFinish = onFinish;
    this.#server = new Server({
      'grpc.max_receive_message_length': maxBodyBytes + MESSAGE_MARGIN_BYTES,
      'grpc.max_send_message_length': -1,
      'grpc.http2.min_ping_interval_without_data_ms': LEAST_PING_INTERVAL_MS,
    });
    for (const { definition, implementation } of services)
      this.#server.addService(definition, implementation);
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  /** For services that add themselves, like the library's reflection. */
  get services(): Pick<Server, 'addService'> {
    return this.#server;
  }

  /** Has requests that are no gRPC answered, too, on every connection that is taken from now on. */
  answerPlain(listener: Http2Listener): void {
    answerPlainStreams(this.#server, listener);
  }

  /** Serves a connection that speaks HTTP/2, TLS taken off already. */
  readonly takeConnection = (socket: Socket): void => {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    this.#injector.injectConnection(socket);
  };

  /**
   * Opens a port of its own.
   *
   * @throws GatewayError INVALID_SETTING if the address cannot be listened on.
   */
  async listen({ host, port, sharesPort, tls, onError }: GrpcListenOptions): Promise<void> {
    const listener = tls === null ? createServer() : createTls(tls);
    listener.on(tls === null ? 'connection' : 'secureConnection', this.takeConnection);
    try {
      await once(listener.listen({ host, port, reusePort: sharesPort }), 'listening');
    } catch (error) {
      throw cannotListen(host, port, error as NodeJS.ErrnoException);
    }
    listener.on('error', onError);
    this.#listener = listener;
  }

  /** `host:port` of its own port; `null` if it has none. */
  get address(): string | null {
    if (this.#listener === null) return null;
    const { address, port, family } = this.#listener.address() as AddressInfo;
    return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /**
   * Takes no new connections and no new calls, and lets running calls end.
   *
   * @returns false if calls still ran after `timeoutMs`; nothing is closed then.
   */
  async finish(timeoutMs: number): Promise<boolean> {
    this.#listener?.close();
    this.#onFinish();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), Math.max(0, timeoutMs));
    // Its callback comes too early since closing a server of `node:http2` closes the sessions by itself.
    this.#server.tryShutdown(() => {});
    if (this.#sockets.size === 0) resolve(true);
    for (const socket of this.#sockets) {
      socket.once('close', () => {
        if (this.#sockets.size === 0) resolve(true);
      });
    }
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Cuts whatever is still open. Idempotent. */
  close(): void {
    this.#listener?.close();
    this.#onFinish();
    this.#server.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function createTls(tls: TlsIdentity): NetServer {
  const server = createTlsServer({ ...tls.pair, ALPNProtocols: ['h2'] });
  tls.onRenewed((pair) => server.setSecureContext(pair));
  return server;
}
