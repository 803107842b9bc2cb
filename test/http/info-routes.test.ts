import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { BodyReader } from '../../src/http/body-reader.ts';
import { addInfoRoutes } from '../../src/http/info-routes.ts';
import { RequestDeadlines } from '../../src/http/request-deadlines.ts';
import { RouteTable } from '../../src/http/route-table.ts';
import { PhaseHolder } from '../../src/http/serving-phase.ts';
import { Secret } from '../../src/model/secret.ts';
import type { InfoRoute, Protocol } from '../../src/protocols/protocol.ts';
import { MemoryLog } from '../fakes/memory-log.ts';

const ROUTES: readonly InfoRoute[] = [
  {
    method: 'GET',
    path: '/v9/models/:model/versions/:version',
    handle: (request) => ({
      status: 200,
      contentType: 'application/json',
      body: JSON.stringify([request.param('model'), request.param('version'), request.query('verbose')]),
    }),
  },
  {
    method: 'POST',
    path: '/v9/echo',
    needsOperator: true,
    handle: async (request) => ({
      status: 200,
      contentType: request.header('content-type') ?? '',
      body: Buffer.from(await request.readBody()).toString(),
    }),
  },
  {
    method: 'GET',
    path: '/v9/broken',
    handle: () => {
      throw new GatewayError('MODEL_NOT_READY', 'not yet', { retryAfterSeconds: 7 });
    },
  },
];

describe('addInfoRoutes', () => {
  let bodies: BodyReader;
  let app: ReturnType<RouteTable['finish']>;

  beforeEach(() => {
    bodies = new BodyReader({ maxBodyBytes: 10, bodyTimeoutMs: 1_000, maxBufferedBytes: 100 });
    const protocol: Protocol = {
      name: 'test',
      routes: [],
      infoRoutes: ROUTES,
      prefixes: ['/v9'],
      errorBody: ({ message }) => ({
        contentType: 'application/json',
        body: JSON.stringify({ error: message }),
      }),
    };
    const [phase, log] = [new PhaseHolder(), new MemoryLog()];
    const routes = new RouteTable(phase, log, [protocol]);
    const adminToken = new Secret('the-token');
    addInfoRoutes(routes, protocol, {
      bodies,
      phase,
      log,
      adminToken,
      deadlines: new RequestDeadlines(1_000),
    });
    app = routes.finish();
  });

  afterEach(() => bodies.close());

  it('gives the route its names, decoded, and the query', async () => {
    const response = await app.request('/v9/models/a%2Fb/versions/3?verbose=1', {
      headers: { 'x-request-id': 'mine' },
    });
    expect(await response.json()).toEqual(['a/b', '3', '1']);
    expect(response.headers.get('x-request-id')).toBe('mine');
  });

  it('lets only the operator call what needs one', async () => {
    const call = (headers: Record<string, string>, body = 'hello') =>
      app.request('/v9/echo', {
        method: 'POST',
        body,
        headers: { 'content-type': 'text/plain', ...headers },
      });
    const refused = await call({});
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await refused.json()).toEqual({ error: expect.stringContaining('operator token') });
    const answered = await call({ authorization: 'Bearer the-token' });
    expect(await answered.text()).toBe('hello');
    const tooLarge = await call({ authorization: 'Bearer the-token' }, 'x'.repeat(11));
    expect(tooLarge.status).toBe(413);
  });

  it('refuses in the shape of the protocol', async () => {
    const response = await app.request('/v9/broken');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
    expect(await response.json()).toEqual({ error: 'not yet' });
  });
});
