import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { BodyReader } from '../../src/http/body-reader.ts';
import { RouteTable } from '../../src/http/route-table.ts';
import { PhaseHolder } from '../../src/http/serving-phase.ts';
import { addWebhookRoutes, WEBHOOK_BODY_LIMITS } from '../../src/http/webhook-routes.ts';
import type { HintOutcome, RegistryHint } from '../../src/lifecycle/registry-hint.ts';
import { Secret } from '../../src/model/secret.ts';
import { MemoryLog } from '../fakes/memory-log.ts';
import { copyFixtures, type RunningGateway, runGateway } from '../running-gateway.ts';
import { aliasMoved, eventBody, signedHeaders } from './signed-delivery.ts';

function setUp({
  secret = 'top-secret' as string | null,
  hint = async (): Promise<HintOutcome> => 'accepted',
} = {}) {
  const log = new MemoryLog();
  const phase = new PhaseHolder();
  const hints: RegistryHint[] = [];
  const outcomes: string[] = [];
  const webhookBodies = new BodyReader({ ...WEBHOOK_BODY_LIMITS, bodyTimeoutMs: 10_000 });
  onTestFinished(() => webhookBodies.close());
  const routes = new RouteTable(phase, log);
  addWebhookRoutes(routes, {
    service: {
      hint: (given) => {
        hints.push(given);
        return hint();
      },
    },
    webhookBodies,
    webhookSecret: secret === null ? null : new Secret(secret),
    metrics: {
      webhookDeliveries: { inc: ({ outcome }: { outcome: string }) => void outcomes.push(outcome) },
    } as never,
    phase,
    log,
  });
  const app = routes.finish();
  const send = async (
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = signedHeaders(body),
    method = 'POST',
  ) => {
    const response = await app.request('/webhooks/mlflow', {
      method,
      headers,
      ...(method === 'POST' ? { body } : {}),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return { log, phase, hints, outcomes, send };
}

describe('POST /webhooks/mlflow', () => {
  it('hands a signed delivery on, answers 200 with what became of it, and leaves an audit line', async () => {
    const { send, hints, outcomes, log } = setUp();
    const body = aliasMoved();
    const { status, body: answer } = await send(body, signedHeaders(body, { id: 'one' }));
    expect([status, answer]).toEqual([200, { status: 'accepted' }]);
    const change = { kind: 'alias', alias: 'champion' };
    expect(hints).toEqual([{ deliveryId: 'one', workspace: null, name: 'iris', change }]);
    expect(outcomes).toEqual(['accepted']);
    expect(log.lines).toEqual([
      {
        level: 'audit',
        event: 'webhook-accepted',
        message: expect.stringContaining('"iris"'),
        fields: { deliveryId: 'one', model: 'iris', change: 'alias', requestId: expect.any(String) },
      },
    ]);
  });

  it.each(['duplicate', 'ignored'] as const)(
    'answers a delivery that is %s with 200, too',
    async (outcome) => {
      const { send, outcomes, log } = setUp({ hint: async () => outcome });
      expect(await send(aliasMoved())).toMatchObject({ status: 200, body: { status: outcome } });
      expect(outcomes).toEqual([outcome]);
      expect(log.lines.map(({ level }) => level)).toEqual(['debug']);
    },
  );

  it('is closed without a secret, before anything is looked at', async () => {
    const { send, hints, outcomes } = setUp({ secret: null });
    expect(await send('{', {})).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await send(aliasMoved())).toMatchObject({ status: 403 });
    expect([hints, outcomes]).toEqual([[], ['refused', 'refused']]);
  });

  it('refuses what is not signed, signed by somebody else, old, or of the future with 401', async () => {
    const { send, hints, outcomes } = setUp();
    const body = aliasMoved();
    const now = Math.floor(Date.now() / 1000);
    for (const headers of [
      {},
      signedHeaders(body, { secret: 'guessed' }),
      signedHeaders(aliasMoved('other')),
      signedHeaders(body, { timestamp: now - 310 }),
      signedHeaders(body, { timestamp: now + 310 }),
    ]) {
      expect(await send(body, headers)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    }
    expect([hints, outcomes]).toEqual([[], Array(5).fill('refused')]);
  });

  it.each(['GET', 'PUT', 'DELETE'])('answers %s with 405', async (method) => {
    const { send } = setUp();
    const { status, headers } = await send('', {}, method);
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('answers 413 above its limit and takes what is just below', async () => {
    const { send, outcomes } = setUp();
    const sized = (bytes: number) => {
      const empty = eventBody('model_version_tag.set', { name: 'iris', version: '1', key: 'k', value: '' });
      return empty.replace('"value":""', `"value":"${'x'.repeat(bytes - empty.length)}"`);
    };
    const fits = sized(WEBHOOK_BODY_LIMITS.maxBodyBytes);
    expect(fits).toHaveLength(262_144);
    expect(await send(fits)).toMatchObject({ status: 200 });
    const tooLarge = await send(`${fits} `);
    expect(tooLarge).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
    expect((tooLarge.body as { detail: string }).detail).toContain('next poll');
    expect(outcomes).toEqual(['accepted', 'malformed']);
  });

  it('answers what is signed and no event with 400, and what is compressed with 415', async () => {
    const { send, outcomes } = setUp();
    expect(await send('no json')).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT' } });
    expect(await send(new Uint8Array([0xff, 0xfe]))).toMatchObject({ status: 400 });
    expect(await send(eventBody('model_version_alias.created', {}))).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/data/name' }] },
    });
    const packed = new Uint8Array(gzipSync(aliasMoved()));
    const headers = { ...signedHeaders(packed), 'content-encoding': 'gzip' };
    expect(await send(packed, headers)).toMatchObject({ status: 415 });
    expect(outcomes).toEqual(Array(4).fill('malformed'));
  });

  it('answers 503 while it stops, so that MLflow repeats it', async () => {
    const { send, phase, hints, outcomes } = setUp();
    phase.advance('announcing');
    const { status, headers } = await send(aliasMoved());
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect([hints, outcomes]).toEqual([[], ['failed']]);
  });

  it('answers 500 if the hint cannot be handed on', async () => {
    const hint = () => Promise.reject(new GatewayError('INTERNAL', 'the coordinator is gone'));
    const { send, outcomes } = setUp({ hint });
    expect(await send(aliasMoved())).toMatchObject({ status: 500 });
    expect(outcomes).toEqual(['failed']);
  });

  it('writes one line about refusals, however many come', async () => {
    const { send, log } = setUp();
    for (let n = 0; n < 50; n++) await send(aliasMoved(), {});
    await send('no json');
    expect(log.lines.map(({ level, event, fields }) => [level, event, fields.code])).toEqual([
      ['warn', 'webhook-refused', 'UNAUTHENTICATED'],
      ['warn', 'webhook-refused', 'INVALID_INPUT'],
    ]);
    expect(JSON.stringify(log.lines)).not.toContain('top-secret');
  });
});

describe('a webhook of a whole gateway', () => {
  let registry: string;
  let running: RunningGateway;

  beforeAll(async () => {
    registry = await copyFixtures('iris/1', 'iris/2');
    await writeFile(join(registry, 'iris', 'registry.yaml'), 'aliases: {champion: 1}\n');
    running = await runGateway({
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_MODELS: 'models:/*@champion',
      SWITCHYARD_POLL_INTERVAL_MS: '600000',
      SWITCHYARD_WEBHOOK_SECRET: 'top-secret',
    });
    await running.serving('iris');
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
  });

  it('makes a moved alias live without waiting for the poll, and believes nothing of what it tells', async () => {
    const deliver = (body: string) => running.post('/webhooks/mlflow', body, signedHeaders(body));
    const version = () => running.gateway.service.status('iris').current?.version;
    // It tells of version 2, and the registry has not moved.
    expect((await deliver(aliasMoved())).status).toBe(200);
    await writeFile(join(registry, 'iris', 'registry.yaml'), 'aliases: {champion: 2}\n');
    expect(version()).toBe('1');
    const response = await deliver(aliasMoved());
    expect(await response.json()).toEqual({ status: 'accepted' });
    await running.until(() => version() === '2');
    expect(await running.metric('switchyard_webhook_deliveries_total{outcome="accepted"}')).toBe(2);
  });
});
