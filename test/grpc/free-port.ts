import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that nobody uses now, for settings that need a number. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return String(port);
}
