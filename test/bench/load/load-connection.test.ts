import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LoadConnection } from '../../../bench/load/load-connection.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
const server = createServer();
const failures: string[] = [];

afterEach(() => {
  server.close();
  failures.length = 0;
});

async function connect(): Promise<{ connection: LoadConnection; peer: Socket }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const connection = await LoadConnection.open(port, (reason) => failures.push(reason));
  return { connection, peer: (await accepted)[0] };
}

describe('LoadConnection', () => {
  it('is free again once its answer has come', async () => {
    const { connection, peer } = await connect();
    const answered = Promise.withResolvers<void>();
    connection.send(Buffer.from('request'), answered.resolve);
    expect(connection.isFree).toBe(false);
    peer.write(ANSWER);
    await answered.promise;
    expect(connection.isFree).toBe(true);
    expect(failures).toEqual([]);
    connection.close();
  });

  it('is used no more, but has not failed, after the server closed it while it was idle', async () => {
    const { connection, peer } = await connect();
    peer.destroy();
    await vi.waitUntil(() => !connection.isFree);
    expect(failures).toEqual([]);
  });

  it('has failed if the server closes it with a request out', async () => {
    const { connection, peer } = await connect();
    connection.send(Buffer.from('request'), () => {});
    peer.end();
    await vi.waitUntil(() => failures.length > 0);
    expect(failures).toEqual(['the server closed a connection']);
  });
});
