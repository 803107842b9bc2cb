import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webhookCommand } from '../../src/cli/webhook-command.ts';
import { readWith } from '../config/read-with.ts';
import { FakeMlflowServer } from '../registry/mlflow/fake-mlflow-server.ts';
import { FakeWebhookStore } from '../registry/mlflow/fake-webhook-store.ts';
import { runCommand } from './run-command.ts';

const GATEWAY = 'https://models.example.com';
const URL_THERE = `${GATEWAY}/webhooks/mlflow`;
const SECRET = 'geheim-und-lang';

describe('switchyard webhook', () => {
  let server: FakeMlflowServer;
  let store: FakeWebhookStore;
  let env: Record<string, string>;

  beforeEach(async () => {
    store = new FakeWebhookStore();
    server = await FakeMlflowServer.start(store.handler);
    env = { MLFLOW_TRACKING_URI: server.uri, SWITCHYARD_WEBHOOK_SECRET: SECRET };
  });

  afterEach(() => server.stop());

  /** What the command prints; rejects with what it would write to stderr before it exits. */
  const run = async (...args: string[]) => {
    const lines: string[] = [];
    const command = webhookCommand(
      () => readWith({ env }),
      (line) => lines.push(line),
    );
    await runCommand(command, args);
    expect(lines.join('\n')).not.toContain(SECRET);
    return lines;
  };
  const failure = async (...args: string[]) => {
    const error = (await run(...args).catch((thrown: unknown) => thrown)) as Error & { exitCode: number };
    expect(error.exitCode).toBe(1);
    expect(error.message).not.toContain(SECRET);
    return error.message;
  };

  it('has MLflow deliver what moves pointers, signed with the secret of the gateway', async () => {
    expect(await run('create', GATEWAY)).toEqual([
      `created webhook id-1 ("switchyard") at ${server.uri}`,
      `it delivers model_version_alias.created, model_version_alias.deleted, model_version.created to ${URL_THERE}`,
      expect.stringContaining('switchyard webhook test id-1'),
    ]);
    expect(store.webhooks).toHaveLength(1);
    expect(store.webhooks[0]).toMatchObject({ url: URL_THERE, secret: SECRET, status: 'ACTIVE' });
  });

  it('makes no second one for the same gateway, but renews the first', async () => {
    await run('create', GATEWAY, '--name', 'east');
    store.webhooks[0] = { ...store.webhooks[0]!, status: 'DISABLED' };
    env.SWITCHYARD_WEBHOOK_SECRET = 'another';
    const lines = await run(
      'create',
      `${URL_THERE}/`,
      '--events',
      'model_version_tag.set, model_version.created',
    );
    expect(lines[0]).toMatch(
      /^webhook id-1 \("east"\) .* led there already; its secret and events are set anew$/,
    );
    expect(store.webhooks).toHaveLength(1);
    expect(store.webhooks[0]).toMatchObject({ secret: 'another', status: 'ACTIVE', name: 'east' });
    expect(store.webhooks[0]?.events).toHaveLength(2);
    store.add(URL_THERE);
    expect((await run('create', GATEWAY)).join('\n')).toContain('id-1 leads there, too');
  });

  it.each([
    ['https://models.example.com/', URL_THERE],
    ['https://MODELS.example.com:443/team/', `${GATEWAY}/team/webhooks/mlflow`],
    ['http://10.0.0.1:8000', 'http://10.0.0.1:8000/webhooks/mlflow'],
  ])('delivers for the gateway at %s to %s', async (given, expected) => {
    await run('create', given);
    expect(store.webhooks[0]?.url).toBe(expected);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['no URL', ['models.example.com'], /did you mean "https:\/\/models\.example\.com"/],
    ['another scheme', ['ftp://models.example.com'], /of the form "https/],
    ['a password', ['https://me:pass@example.com'], /no user, password/],
    ['a query', [`${GATEWAY}?a=1`], /query/],
    ['a long URL', [`${GATEWAY}/${'a'.repeat(500)}`], /500 characters/],
    ['a bad name', [GATEWAY, '--name', 'a b'], /"a b" cannot be/],
    [
      'a misspelt event',
      [GATEWAY, '--events', 'model_version_alias.create'],
      /mean "model_version_alias.created"/,
    ],
    [
      'an event of no use',
      [GATEWAY, '--events', 'prompt.created'],
      /no use for "prompt.created"; choose from/,
    ],
    ['no event', [GATEWAY, '--events', ','], /there are no events/],
  ])('refuses %s before it asks MLflow', async (_, args, message) => {
    expect(await failure('create', ...args)).toMatch(message);
    expect(server.seen).toEqual([]);
  });

  it('says what it lacks', async () => {
    delete env.SWITCHYARD_WEBHOOK_SECRET;
    expect(await failure('create', GATEWAY)).toContain('set SWITCHYARD_WEBHOOK_SECRET');
    delete env.MLFLOW_TRACKING_URI;
    expect(await failure('list')).toMatch(
      /models-fixtures is followed \(decided by default\).*MLFLOW_TRACKING_URI/,
    );
    expect(server.seen).toEqual([]);
  });

  it('lists those of gateways, and only counts the others', async () => {
    expect(await run('list')).toEqual([`no webhook at ${server.uri} leads to a gateway`]);
    store.add('https://chat.example.com/services/secret-path');
    store.add(URL_THERE, { status: 'DISABLED' });
    store.add('https://chat.example.com/services/other-secret');
    expect(await run('list')).toEqual([
      `ID    NAME  STATUS    URL                                         EVENTS`,
      `id-2  made  disabled  ${URL_THERE}  model_version_alias.created`,
      '(and 2 that lead elsewhere)',
    ]);
  });

  it('deletes by id or URL, and nothing that leads elsewhere', async () => {
    const elsewhere = store.add('https://chat.example.com/services/secret-path');
    const [first] = [URL_THERE, URL_THERE, URL_THERE].map((url) => store.add(url));
    expect(await run('delete', first!)).toEqual([
      `deleted webhook ${first}, which delivered to ${URL_THERE}`,
    ]);
    expect(await run('delete', GATEWAY)).toHaveLength(2);
    expect(await failure('delete', GATEWAY)).toContain(`no webhook of a gateway for ${URL_THERE}`);
    expect(await failure('delete', elsewhere)).toContain(`with the id "${elsewhere}"`);
    expect(store.webhooks.map(({ webhook_id }) => webhook_id)).toEqual([elsewhere]);
  });

  it('tests whether a gateway takes what MLflow delivers', async () => {
    const id = store.add(URL_THERE);
    const works = `MLflow delivers to ${URL_THERE}, and the gateway there knows its signature`;
    expect(await run('test', GATEWAY)).toEqual([works]);
    store.webhooks[0] = { ...store.webhooks[0]!, status: 'DISABLED' };
    expect(await run('test', id)).toEqual([works, expect.stringContaining('disabled')]);
  });

  const problem = (detail: string) => JSON.stringify({ title: 'no', detail });
  it.each<[string, object, RegExp]>([
    ['nobody answers', { error_message: 'Failed:\n  refused' }, /does not reach .*: Failed: refused$/m],
    [
      'the certificate is private',
      { error_message: 'SSLError([SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed)' },
      /verify failed\); MLflow trusts only public authorities/,
    ],
    [
      'the secrets differ',
      { response_status: 401, response_body: problem('the signature does not fit') },
      /\(401\): the signature does not fit; run "switchyard webhook create/,
    ],
    [
      'the gateway has no secret',
      { response_status: 403, response_body: problem('webhooks are closed') },
      /\(403\): webhooks are closed$/m,
    ],
    ['it is no gateway', { response_status: 200, response_body: '<html>' }, /in no words of a gateway/],
    ['it is another API', { response_status: 200, response_body: '{"status":"ok"}' }, /in no words/],
    ['nothing is there', { response_status: 404, response_body: '' }, /\(404\) in no words of a gateway/],
  ])('fails a test where %s', async (_, result, message) => {
    store.add(URL_THERE);
    store.testResult = result;
    expect(await failure('test', GATEWAY)).toMatch(message);
  });

  it('says that an old server has no webhooks', async () => {
    server.handler = ({ path }) => (path.includes('registered-models') ? { status: 200, body: {} } : null);
    for (const args of [['list'], ['create', GATEWAY], ['delete', GATEWAY], ['test', GATEWAY]]) {
      expect(await failure(...args)).toContain('no webhooks, which came with MLflow 3.3');
    }
  });
});
