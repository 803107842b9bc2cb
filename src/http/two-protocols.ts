import type { Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** How long a connection may stay silent before it has said which protocol it speaks. */
const SILENCE_MS = 60_000;

/** The first bytes of HTTP/2 without TLS (RFC 9113 section 3.4); no method of HTTP/1.1 begins so. */
const PREFACE = Buffer.from('PRI');

type Accept = (this: Server, socket: Socket) => void;

/**
 * Lets one listening server take HTTP/2, too: with TLS it is known from the handshake, without from the first bytes.
 *
 * @param server of `node:http` or `node:https`, which goes on to take HTTP/1.1.
 * @param event under which the server hears of connections that are ready to be read: `connection`, `secureConnection`.
 * @param takeHttp2 is given connections from which nothing is read yet.
 */
export function acceptHttp2(
  server: Server,
  event: 'connection' | 'secureConnection',
  takeHttp2: (socket: Socket) => void,
): void {
  const listeners = server.listeners(event) as Accept[];
  server.removeAllListeners(event);
  const takeHttp1 = (socket: Socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
  server.on(event, (socket: Socket) => {
    if (socket instanceof TLSSocket) (socket.alpnProtocol === 'h2' ? takeHttp2 : takeHttp1)(socket);
    else readPreface(socket, (isHttp2) => (isHttp2 ? takeHttp2 : takeHttp1)(socket));
  });
}

function readPreface(socket: Socket, decide: (isHttp2: boolean) => void): void {
  const giveUp = () => socket.destroy();
  const leave = () => {
    socket.off('readable', look).off('end', giveUp).off('error', giveUp).off('timeout', giveUp).setTimeout(0);
  };
  const look = () => {
    const bytes: Buffer | null = socket.read();
    if (bytes === null) return;
    socket.unshift(bytes);
    // Fewer bytes come only from somebody who types, or means to trouble us; those are of HTTP/1.1.
    leave();
    decide(bytes.subarray(0, PREFACE.length).equals(PREFACE));
  };
  // Whoever only looks whether the port is open ends without a byte, and nobody else would close this side.
  socket
    .on('readable', look)
    .on('end', giveUp)
    .on('error', giveUp)
    .on('timeout', giveUp)
    .setTimeout(SILENCE_MS);
}
