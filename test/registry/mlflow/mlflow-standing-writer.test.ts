import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelVersion } from '../../../src/model/model-version.ts';
import type { VersionStanding } from '../../../src/model/version-standing.ts';
import { createMlflowStandingWriter } from '../../../src/registry/mlflow/mlflow-standing-writer.ts';
import type { StandingWriter } from '../../../src/registry/standing-writer.ts';
import { FakeMlflowServer } from './fake-mlflow-server.ts';
import { FakeModelStore } from './fake-model-store.ts';

const noAbort = new AbortController().signal;
const LIVE: VersionStanding = {
  status: 'live',
  reason: 'serves as "iris"',
  digest: 'sha256:1',
  servedAt: new Date('2026-01-02T03:04:05Z'),
};
const SET = 'model-versions/set-tag';

describe('MlflowStandingWriter', () => {
  let server: FakeMlflowServer;
  let store: FakeModelStore;
  let writer: StandingWriter;
  let version: ModelVersion;

  beforeEach(async () => {
    store = new FakeModelStore();
    server = await FakeMlflowServer.start(store.handler);
    store.add('iris', 2);
    version = {
      registry: server.uri,
      workspace: null,
      name: 'iris',
      version: '2',
      modelCreatedAt: 1,
      runId: null,
      source: store.version('iris', 2).source,
      tags: {},
    };
    writer = createMlflowStandingWriter({
      uri: server.uri,
      credentials: null,
      tls: { insecure: false, caPath: null, clientCertPath: null },
      requestTimeoutMs: 5_000,
      workspace: 'team',
      gatewayName: null,
    });
  });

  afterEach(async () => {
    await writer.close();
    await server.stop();
  });

  it('sets the tags of that version, in that workspace, and no other', async () => {
    expect(await writer.write(version, LIVE, noAbort)).toBe('written');
    expect(Object.fromEntries(store.version('iris', 2).tags)).toEqual({
      'switchyard.status': 'live',
      'switchyard.reason': 'serves as "iris"',
      'switchyard.digest': 'sha256:1',
      'switchyard.served_at': '2026-01-02T03:04:05.000Z',
    });
    expect(store.version('iris', 1).tags.size).toBe(0);
    expect(server.seen.map(({ headers }) => headers['x-mlflow-workspace'])).toEqual(Array(5).fill('team'));
  });

  it('writes nothing where the record says the same', async () => {
    await writer.write(version, LIVE, noAbort);
    server.takePaths();
    expect(await writer.write(version, { ...LIVE, servedAt: new Date() }, noAbort)).toBe('unchanged');
    expect(server.takePaths()).toEqual(['model-versions/get']);
  });

  it('writes only what differs', async () => {
    await writer.write(version, LIVE, noAbort);
    server.takePaths();
    const previous: VersionStanding = { status: 'previous', reason: 'x', digest: null, servedAt: null };
    expect(await writer.write(version, previous, noAbort)).toBe('written');
    expect(server.takePaths()).toEqual(['model-versions/get', SET, SET]);
  });

  it('writes nothing on a version that is gone, or another one under its number', async () => {
    expect(await writer.write({ ...version, source: 'models:/m-other' }, LIVE, noAbort)).toBe('gone');
    store.deleteVersion('iris', 2);
    expect(await writer.write(version, LIVE, noAbort)).toBe('gone');
    expect(server.takePaths()).not.toContain(SET);
  });

  it('is not told apart from a version that vanishes in between', async () => {
    server.handler = (request) => {
      const answer = store.handler(request);
      if (request.path.endsWith('model-versions/get')) store.deleteVersion('iris', 2);
      return answer;
    };
    expect(await writer.write(version, LIVE, noAbort)).toBe('gone');
  });

  it('knows a source that is shown without its secrets', async () => {
    store.version('iris', 2).source = 'https://user:secret@files.example.com/iris?signature=1';
    const shown = { ...version, source: 'https://files.example.com/iris' };
    expect(await writer.write(shown, LIVE, noAbort)).toBe('written');
  });

  it('says which right an account that may only read lacks', async () => {
    store.isReadOnly = true;
    await expect(writer.write(version, LIVE, noAbort)).rejects.toMatchObject({
      code: 'REGISTRY_FORBIDDEN',
      message: expect.stringMatching(/version 2 of model "iris".*grant EDIT.*SWITCHYARD_VERDICT_TAGS/),
    });
    server.handler = () => ({ status: 401, body: 'You are not authenticated.' });
    await expect(writer.write(version, LIVE, noAbort)).rejects.toMatchObject({ code: 'REGISTRY_FORBIDDEN' });
  });

  it.each([
    ['500', { status: 500, body: '<title>500</title>' }, null],
    ['429', { status: 429, body: 'slow down', headers: { 'retry-after': '7' } }, 7],
    ['400', { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'no' } }, null],
  ])('passes on that it could not be written now: %s', async (_, answer, retryAfterSeconds) => {
    server.handler = (request) => (request.method === 'POST' ? answer : store.handler(request));
    await expect(writer.write(version, LIVE, noAbort)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retryAfterSeconds,
    });
  });
});
