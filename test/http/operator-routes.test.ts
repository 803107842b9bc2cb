import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BodyReader } from '../../src/http/body-reader.ts';
import { addOperatorRoutes } from '../../src/http/operator-routes.ts';
import { RouteTable } from '../../src/http/route-table.ts';
import { PhaseHolder } from '../../src/http/serving-phase.ts';
import type { ServedModels } from '../../src/lifecycle/served-models.ts';
import { Secret } from '../../src/model/secret.ts';
import { unsupportedOpsetGraph } from '../fakes/hostile-models.ts';
import { MemoryLog } from '../fakes/memory-log.ts';
import {
  ADMIN_TOKEN,
  copyFixtures,
  type RunningGateway,
  runGateway,
  writeVersion,
} from '../running-gateway.ts';

const ROUTES = [
  ['POST', '/models/iris/rollback'],
  ['PUT', '/models/iris/pin'],
  ['DELETE', '/models/iris/pin'],
  ['POST', '/models/iris/refresh'],
  ['POST', '/models/unknown/rollback'],
] as const;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly code: string;
    readonly detail: string;
    readonly current: { readonly version: string } | null;
    readonly previous: { readonly version: string } | null;
    readonly desired: { readonly version: string } | null;
    readonly hold: { readonly kind: string; readonly version: string } | null;
    readonly errors: readonly unknown[];
  };
}

describe('the operator routes', () => {
  let registry: string;
  let running: RunningGateway;

  beforeAll(async () => {
    registry = await copyFixtures('iris/1', 'iris/2');
    await point(1);
    await writeVersion(registry, 'iris', 3, unsupportedOpsetGraph());
    running = await runGateway({ SWITCHYARD_REGISTRY_DIR: registry });
    await running.serving('iris');
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
  });

  // Each test begins and ends with version 1 by the pointer, without a hold.
  afterEach(async () => {
    await call('DELETE', '/models/iris/pin');
    await moveTo(1);
  });

  const call = async (method: string, path: string, body?: unknown, token = ADMIN_TOKEN): Promise<Answer> => {
    const headers: Record<string, string> = { 'x-request-id': 'call-1' };
    if (token !== '') headers.authorization = `Bearer ${token}`;
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await fetch(running.url + path, { method, headers, ...init });
    return { status: response.status, headers: response.headers, body: (await response.json()) as never };
  };
  const served = async () => {
    const response = await running.post('/models/iris/predict', { features: [5.1, 3.5, 1.4, 0.2] });
    return response.headers.get('x-model-version');
  };
  const point = (version: number) =>
    writeFile(join(registry, 'iris/registry.yaml'), `stages: {Production: ${version}}\n`);
  const moveTo = async (version: number) => {
    await point(version);
    await running.until(() => {
      const { current, desired } = running.gateway.service.status('iris');
      return current?.version === String(version) && desired?.version === String(version);
    });
  };
  const audits = () => running.log.filter(({ level, event }) => level === 'audit' && event === 'operator');

  it.each(ROUTES)(
    'are closed for a missing and a wrong token before anything else: %s %s',
    async (method, path) => {
      for (const token of ['', 'wrong']) {
        const garbage = method === 'PUT' ? 'no JSON' : undefined;
        const { status, headers, body } = await call(method, path, garbage, token);
        expect([status, body.code]).toEqual([401, 'UNAUTHENTICATED']);
        expect(headers.get('content-type')).toBe('application/problem+json');
        expect(headers.get('www-authenticate')).toBe('Bearer');
      }
    },
  );

  it('leave an audit line for each call, refused ones too', async () => {
    const before = audits().length;
    await call('POST', '/models/iris/refresh', undefined, 'wrong');
    await call('POST', '/models/iris/refresh');
    const lines = audits().slice(before);
    expect(lines.map(({ fields }) => fields)).toEqual([
      {
        action: 'refresh',
        model: 'iris',
        outcome: 'refused',
        code: 'UNAUTHENTICATED',
        reason: expect.any(String),
        requestId: 'call-1',
      },
      { action: 'refresh', model: 'iris', outcome: 'done', current: '1', requestId: 'call-1' },
    ]);
    expect(JSON.stringify(running.log)).not.toContain(ADMIN_TOKEN);
  });

  it('roll back to the previous version and hold it until the pointer moves', async () => {
    await moveTo(2);
    const { status, headers, body } = await call('POST', '/models/iris/rollback');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('x-request-id')).toBe('call-1');
    expect(body).toMatchObject({
      current: { version: '1' },
      previous: { version: '2' },
      desired: { version: '2' },
      hold: { kind: 'rollback', version: '1' },
    });
    expect(await served()).toBe('1');
    await moveTo(1);
    await moveTo(2);
    expect(await served()).toBe('2');
    expect((await call('POST', '/models/iris/refresh')).body.hold).toBeNull();
  });

  it('refuse a rollback without a previous version', async () => {
    const fresh = await runGateway({ SWITCHYARD_REGISTRY_DIR: registry });
    await fresh.serving('iris');
    const response = await fetch(`${fresh.url}/models/iris/rollback`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'NO_PREVIOUS_VERSION' });
    await fresh[Symbol.asyncDispose]();
  });

  it('pin a version until the pin is taken away, whatever the pointer does', async () => {
    const { status, body } = await call('PUT', '/models/iris/pin', { version: '2' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ current: { version: '2' }, hold: { kind: 'pin', version: '2' } });
    await point(1);
    await call('POST', '/models/iris/refresh');
    expect(await served()).toBe('2');
    const unpinned = await call('DELETE', '/models/iris/pin');
    expect(unpinned.status).toBe(200);
    expect(unpinned.body).toMatchObject({ current: { version: '1' }, hold: null });
    expect(await served()).toBe('1');
  });

  it('refuse a pin to a version that does not exist or cannot serve, and change nothing', async () => {
    const missing = await call('PUT', '/models/iris/pin', { version: '99' });
    expect([missing.status, missing.body.code]).toEqual([404, 'VERSION_NOT_FOUND']);
    const failing = await call('PUT', '/models/iris/pin', { version: '3' });
    expect([failing.status, failing.body.code]).toEqual([409, 'LOAD_FAILED']);
    expect(running.gateway.service.status('iris')).toMatchObject({ hold: null, current: { version: '1' } });
    expect(await served()).toBe('1');
  });

  it.each([
    ['', ''],
    ['{"version":7}', '/version'],
    ['{"version":"seven"}', '/version'],
    ['{"version":"1","force":true}', ''],
    ['[]', ''],
  ])('refuse the pin %j', async (body, pointer) => {
    const { status, body: problem } = await call('PUT', '/models/iris/pin', body);
    expect([status, problem.code]).toEqual([400, 'INVALID_INPUT']);
    if (body !== '') expect(problem.errors).toEqual([{ pointer, detail: expect.any(String) }]);
  });

  it('read the pointer now on refresh', async () => {
    const slow = await runGateway({
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_POLL_INTERVAL_MS: '600000',
    });
    await slow.serving('iris');
    await point(2);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const response = await fetch(`${slow.url}/models/iris/refresh`, { method: 'POST', headers });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ current: { version: '2' } });
    await slow[Symbol.asyncDispose]();
  });

  it('answer 404 for an unknown model, given the token', async () => {
    const { status, body } = await call('POST', '/models/unknown/rollback');
    expect([status, body.code]).toEqual([404, 'MODEL_NOT_FOUND']);
  });
});

describe('the operator routes without a configured token', () => {
  it('are closed', async () => {
    await using running = await runGateway({ SWITCHYARD_ADMIN_TOKEN: '' });
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    for (const [method, path] of ROUTES) {
      const response = await fetch(running.url + path, { method, headers });
      expect([path, response.status]).toEqual([path, 403]);
      expect(await response.json()).toMatchObject({ code: 'FORBIDDEN' });
    }
  });
});

describe('addOperatorRoutes', () => {
  it('answers 202 while the load still runs', async () => {
    const service = {
      operations: { refresh: async () => 'loading' },
      status: (name: string) => ({ name, current: null }),
    };
    const log = new MemoryLog();
    const phase = new PhaseHolder();
    const routes = new RouteTable(phase, log);
    addOperatorRoutes(routes, {
      service: service as unknown as ServedModels,
      bodies: null as unknown as BodyReader,
      adminToken: new Secret(ADMIN_TOKEN),
      phase,
      log,
    });
    const app = routes.finish();
    const refresh = () =>
      app.request('/models/iris/refresh', {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
    const response = await refresh();
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ name: 'iris', current: null });
    phase.advance('draining');
    expect((await refresh()).status).toBe(503);
  });
});
