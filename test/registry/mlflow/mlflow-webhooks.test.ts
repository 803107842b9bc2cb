import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { MlflowWebhooks } from '../../../src/registry/mlflow/mlflow-webhooks.ts';
import { type FakeAnswer, FakeMlflowServer } from './fake-mlflow-server.ts';
import { FakeWebhookStore } from './fake-webhook-store.ts';

const noAbort = new AbortController().signal;
const ORDER = {
  name: 'switchyard',
  url: 'https://models.example.com/webhooks/mlflow',
  events: ['model_version_alias.created', 'model_version.created'],
  secret: new Secret('geheim'),
};

describe('MlflowWebhooks', () => {
  let server: FakeMlflowServer;
  let store: FakeWebhookStore;
  let webhooks: MlflowWebhooks;

  const connect = (uri: string) => {
    const tls = { insecure: false, caPath: null, clientCertPath: null };
    return new MlflowWebhooks({ uri, credentials: null, tls, requestTimeoutMs: 5_000, workspace: 'team' });
  };

  beforeEach(async () => {
    store = new FakeWebhookStore();
    server = await FakeMlflowServer.start(store.handler);
    webhooks = connect(server.uri);
  });

  afterEach(async () => {
    await webhooks.close();
    await server.stop();
  });

  it('creates, changes and deletes, in the workspace', async () => {
    const made = await webhooks.create(ORDER, noAbort);
    expect(made).toEqual({
      id: 'id-1',
      name: 'switchyard',
      url: ORDER.url,
      events: ORDER.events,
      isActive: true,
    });
    expect(store.webhooks[0]).toMatchObject({
      events: [
        { entity: 'MODEL_VERSION_ALIAS', action: 'CREATED' },
        { entity: 'MODEL_VERSION', action: 'CREATED' },
      ],
      secret: 'geheim',
      status: 'ACTIVE',
    });
    const changed = await webhooks.update('id-1', { ...ORDER, name: 'east' }, noAbort);
    expect(changed).toMatchObject({ id: 'id-1', name: 'east' });
    await webhooks.delete('id-1', noAbort);
    expect(store.webhooks).toEqual([]);
    expect(server.seen.map(({ headers }) => headers['x-mlflow-workspace'])).toEqual(Array(3).fill('team'));
  });

  it('lists every page', async () => {
    const ids = [1, 2, 3, 4, 5].map((n) => store.add(`https://example.com/${n}`));
    store.webhooks[4] = { ...store.webhooks[4]!, status: 'DISABLED' };
    const found = await webhooks.list(noAbort);
    expect(found.map(({ id }) => id)).toEqual(ids.reverse());
    expect(found.map(({ isActive }) => isActive)).toEqual([true, true, true, true, false]);
    expect(found[0]?.events).toEqual(['model_version_alias.created']);
  });

  it('tells how a test ended', async () => {
    const id = store.add(ORDER.url);
    expect(await webhooks.test(id, noAbort)).toEqual({ status: 200, body: '{"status":"ignored"}' });
    store.testResult = { success: false, error_message: 'Failed to test webhook: refused' };
    expect(await webhooks.test(id, noAbort)).toEqual({
      status: null,
      message: 'Failed to test webhook: refused',
    });
  });

  it('knows a server that is too old for webhooks from a wrong prefix', async () => {
    server.handler = ({ path }) =>
      path === '/api/2.0/mlflow/registered-models/search' ? { status: 200, body: {} } : null;
    await expect(webhooks.list(noAbort)).rejects.toMatchObject({
      code: 'NOT_IMPLEMENTED',
      message: expect.stringContaining('MLflow 3.3'),
    });
    const misled = connect(`${server.uri}/prefix`);
    onTestFinished(() => misled.close());
    await expect(misled.list(noAbort)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('use that URI'),
    });
  });

  const invalid = (message: string): FakeAnswer => ({
    status: 400,
    body: { error_code: 'INVALID_PARAMETER_VALUE', message },
  });
  it.each<[string, FakeAnswer, string, RegExp]>([
    ['no administrator', { status: 403, body: 'Permission denied' }, 'REGISTRY_FORBIDDEN', /administrator/],
    ['no account', { status: 401, body: 'no' }, 'REGISTRY_FORBIDDEN', /MLFLOW_TRACKING_USERNAME/],
    [
      'a lost key',
      { status: 500, body: { error_code: 'INTERNAL_ERROR', message: '' } },
      'REGISTRY_UNAVAILABLE',
      /MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY/,
    ],
    ['an outage', { status: 503, body: 'busy' }, 'REGISTRY_UNAVAILABLE', /503: busy/],
    [
      'http',
      invalid("Invalid webhook URL scheme: 'http'. Allowed schemes are: https."),
      'INVALID_INPUT',
      /are: https; give an https URL.*MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http,https/,
    ],
    [
      'a private address',
      invalid("Webhook URL must not resolve to a non-public IP address. '10.0.0.1' resolves to 10.0.0.1."),
      'INVALID_INPUT',
      /MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true/,
    ],
    ['anything else', invalid('Webhook URL cannot be empty'), 'INVALID_INPUT', /cannot be empty$/],
  ])('says what to do about %s', async (_, answer, code, message) => {
    server.handler = () => answer;
    const error = await webhooks.create(ORDER, noAbort).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(String((error as Error).message)).not.toContain('geheim');
  });

  it('creates nothing twice where the connection breaks', async () => {
    let connections = 0;
    const breaking = createServer((socket) => {
      connections += 1;
      socket.once('data', () => socket.resetAndDestroy());
    });
    await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void breaking.close());
    const broken = connect(`http://127.0.0.1:${(breaking.address() as AddressInfo).port}`);
    onTestFinished(() => broken.close());
    await expect(broken.create(ORDER, noAbort)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    expect(connections).toBe(1);
  });
});
