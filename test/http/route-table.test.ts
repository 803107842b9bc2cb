import { beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { jsonAnswer } from '../../src/http/json-answer.ts';
import { RouteTable } from '../../src/http/route-table.ts';
import { PhaseHolder } from '../../src/http/serving-phase.ts';
import { MemoryLog } from '../fakes/memory-log.ts';

describe('RouteTable', () => {
  let log: MemoryLog;
  let phase: PhaseHolder;
  let app: ReturnType<RouteTable['finish']>;

  beforeEach(() => {
    log = new MemoryLog();
    phase = new PhaseHolder();
    const routes = new RouteTable(phase, log, [
      {
        name: 'foreign',
        routes: [],
        infoRoutes: [],
        prefixes: ['/v9'],
        errorBody: ({ code }, status) => ({
          contentType: 'application/json',
          body: `{"error":"${status} ${code}"}`,
        }),
      },
    ]);
    routes.addRaw(
      'POST',
      '/v9/:model:predict',
      async (context) => new Response(`"${context.req.param('model')}"`),
    );
    routes.add('GET', '/thing', () => jsonAnswer(200, { ok: true }));
    routes.add('PUT', '/thing', () => {
      throw new GatewayError('MODEL_NOT_READY', 'not yet', { retryAfterSeconds: 7 });
    });
    routes.add('POST', '/broken', () => {
      throw new Error('secret inner state');
    });
    routes.add('POST', '/closed', () => {
      throw new GatewayError('UNAUTHENTICATED', 'send a token');
    });
    routes.addRaw('POST', '/raw', () => Promise.reject(new Error('secret inner state')));
    app = routes.finish();
  });

  const request = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const response = await app.request(path, { method, headers });
    const text = await response.text();
    return { response, text, problem: text === '' ? null : JSON.parse(text) };
  };

  it('answers a path that it does not have with 404', async () => {
    const { response, problem } = await request('GET', '/nothing', { 'x-request-id': 'mine' });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('x-request-id')).toBe('mine');
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Route not found',
      status: 404,
      detail: expect.any(String),
      code: 'ROUTE_NOT_FOUND',
      requestId: 'mine',
      errors: [],
    });
  });

  it('refuses what lies under the prefix of a protocol in its shape', async () => {
    expect((await request('GET', '/v9')).problem).toEqual({ error: '404 ROUTE_NOT_FOUND' });
    expect((await request('GET', '/v9/a:predict')).problem).toEqual({ error: '405 METHOD_NOT_ALLOWED' });
    expect((await request('GET', '/v9x')).problem).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  });

  it('reads a name that ends in a verb', async () => {
    expect((await request('POST', '/v9/a.b%20c%2Fd:predict')).text).toBe('"a.b c/d:predict"');
    expect((await request('POST', '/v9/a:explain')).response.status).toBe(404);
  });

  it.each([
    ['DELETE', '/thing', 'GET, PUT, HEAD'],
    ['OPTIONS', '/thing', 'GET, PUT, HEAD'],
    ['GET', '/raw', 'POST'],
  ])('answers %s %s with 405 and what the path takes', async (method, path, allow) => {
    const { response, problem } = await request(method, path);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(problem.code).toBe('METHOD_NOT_ALLOWED');
  });

  it('answers HEAD as GET, without a body', async () => {
    const { response, text } = await request('HEAD', '/thing');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(text).toBe('');
    expect((await request('HEAD', '/raw')).response.status).toBe(405);
  });

  it('says when to come back', async () => {
    const { response, problem } = await request('PUT', '/thing');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(problem.detail).toBe('not yet');
  });

  it('says how to authenticate', async () => {
    const { response } = await request('POST', '/closed');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each(['/broken', '/raw'])('keeps a fault of ours at %s out of the answer, and logs it', async (path) => {
    const { response, text, problem } = await request('POST', path);
    expect(response.status).toBe(500);
    expect(problem.code).toBe('INTERNAL');
    expect(text).not.toContain('secret');
    expect(log.lines).toEqual([
      expect.objectContaining({
        level: 'error',
        fields: { requestId: problem.requestId, err: new Error('secret inner state') },
      }),
    ]);
  });

  it('closes connections once the server is stopping', async () => {
    expect((await request('GET', '/thing')).response.headers.get('connection')).toBeNull();
    phase.advance('announcing');
    expect((await request('GET', '/thing')).response.headers.get('connection')).toBe('close');
    expect((await request('GET', '/nothing')).response.headers.get('connection')).toBe('close');
  });
});
