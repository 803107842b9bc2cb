import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LoadGenerator, renderRequest } from '../../../bench/load/load-generator.ts';
import type { LoadResult } from '../../../bench/load/load-job.ts';
import { findFreePort } from '../../../bench/processes/free-port.ts';

let generator: LoadGenerator;
beforeAll(() => {
  generator = new LoadGenerator();
});
afterAll(() => generator.stop());

function load(port: number, rate: number | null = null): Promise<LoadResult> {
  const requests = ['{"a":1}', '{"b":2}'].map((body) => renderRequest('/x', body, 'application/json'));
  return generator.run({
    port,
    requests,
    connections: 2,
    rate,
    leadMs: 10,
    measureMs: 100,
    serverPid: process.pid,
  });
}

async function loadOn(listener: RequestListener, rate: number | null = null): Promise<LoadResult> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await load((server.address() as AddressInfo).port, rate);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('LoadGenerator', () => {
  it('sends whole requests in turn and counts what is answered', async () => {
    const seen = new Set<string>();
    const result = await loadOn(async (request, response) => {
      seen.add(`${request.method} ${request.url} ${Buffer.concat(await request.toArray())}`);
      response.end('{}');
    });
    expect(result.failure).toBeNull();
    expect(result.answers).toBeGreaterThan(0);
    expect(result.cpuMicrosPerRequest).toBeGreaterThan(0);
    expect([...seen].sort()).toEqual(['POST /x {"a":1}', 'POST /x {"b":2}']);
  });

  it('sends at a fixed rate in an open loop', async () => {
    let requests = 0;
    const result = await loadOn((_, response) => {
      requests++;
      response.end('{}');
    }, 500);
    expect(result.failure).toBeNull();
    expect(requests).toBe(55); // 110 ms, the lead included
  });

  it('voids the figures for one answer outside 2xx', async () => {
    let requests = 0;
    const result = await loadOn((_, response) => {
      response.statusCode = ++requests === 3 ? 503 : 200;
      response.end('{}');
    });
    expect(result.failure).toBe('an answer has the status 503');
  });

  it('voids them if the server closes a connection', async () => {
    const result = await loadOn((_, response) => {
      response.setHeader('connection', 'close');
      response.end('{}');
    });
    expect(result.failure).toBe('the server closed a connection');
  });

  it('voids them if nobody listens', async () => {
    expect((await load(await findFreePort())).failure).toContain('ECONNREFUSED');
  });
});
