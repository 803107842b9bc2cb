import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DirectRoutes } from '../../src/http/direct-routes.ts';
import type { ModelCall } from '../../src/http/model-call.ts';

/** Answers what it was called with; what it leaves alone is a 404. */
function startServer(): Server {
  const routes = new DirectRoutes(1_000);
  const handler = (kind: string) => async (call: ModelCall) => ({
    status: 201,
    headers: ['x-kind', kind],
    body: `${call.model} ${call.usualLength} ${await buffer(call.body)} ü`,
  });
  routes.add('/predict', handler('exact'));
  routes.add('/models/:model/predict', handler('pattern'));
  return createServer((incoming, outgoing) => {
    if (!routes.take(incoming, outgoing)) outgoing.writeHead(404).end('left alone');
  });
}

describe('DirectRoutes', () => {
  let server: Server;
  beforeAll(async () => {
    server = startServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
  });

  interface Answer {
    readonly status: number | undefined;
    readonly headers: IncomingHttpHeaders;
    readonly text: string;
  }

  const send = (method: string, path: string, body: string | null, headers: Record<string, string> = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      const length: Record<string, string> = body === null ? {} : { 'content-length': String(body.length) };
      const outgoing = request({ port, method, path, headers: { ...length, ...headers } });
      outgoing.on('error', reject).on('response', async (incoming) => {
        const text = (await buffer(incoming)).toString();
        resolve({ status: incoming.statusCode, headers: incoming.headers, text });
      });
      outgoing.end(body ?? '');
    });

  it('answers a path without a name', async () => {
    const { status, headers, text } = await send('POST', '/predict', '{}');
    expect([status, text]).toEqual([201, 'null 2 {} ü']);
    expect(headers).toMatchObject({ 'x-kind': 'exact', 'content-length': '12' });
  });

  it('takes the name from a path that has one', async () => {
    const { text, headers } = await send('POST', '/models/iris-v1.0_~/predict', '{}');
    expect([headers['x-kind'], text]).toEqual(['pattern', 'iris-v1.0_~ 2 {} ü']);
  });

  it.each([
    ['another method', 'PUT', '/predict', '{}', {}],
    ['a query', 'POST', '/predict?probabilities=all', '{}', {}],
    ['another path', 'POST', '/predict/', '{}', {}],
    ['an escaped name', 'POST', '/models/a%2Fb/predict', '{}', {}],
    ['a name with a slash', 'POST', '/models/a/b/predict', '{}', {}],
    ['no name', 'POST', '/models//predict', '{}', {}],
    ['a path that is too short for both ends', 'POST', '/models/predict', '{}', {}],
    ['a body that is larger than the limit', 'POST', '/predict', 'x'.repeat(1_001), {}],
    ['an empty body', 'POST', '/predict', '', {}],
    ['a body of unknown length', 'POST', '/predict', null, { 'transfer-encoding': 'chunked' }],
    ['a packed body', 'POST', '/predict', '{}', { 'content-encoding': 'gzip' }],
  ])('leaves %s to the router', async (_, method, path, body, headers) => {
    expect(await send(method, path, body, headers as Record<string, string>)).toMatchObject({
      status: 404,
      text: 'left alone',
    });
  });
});
