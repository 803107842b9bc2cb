import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseModelUri } from '../../../src/model/model-uri.ts';
import { createMlflowRegistry } from '../../../src/registry/mlflow/mlflow-registry.ts';
import type { ModelRegistry, PointerState } from '../../../src/registry/model-registry.ts';
import { type FakeAnswer, FakeMlflowServer } from './fake-mlflow-server.ts';
import { FakeModelStore } from './fake-model-store.ts';

const noAbort = new AbortController().signal;
const SEARCH = 'registered-models/search';
const MODEL = 'registered-models/get';
const VERSION = 'model-versions/get';
const VERSIONS = 'model-versions/search';

describe('requests of MlflowRegistry', () => {
  let server: FakeMlflowServer;
  let store: FakeModelStore;
  let registry: ModelRegistry;
  let time: number;
  const open: ModelRegistry[] = [];

  const connect = (password: string | null) => {
    const made = createMlflowRegistry({
      uri: `${server.uri}/`,
      credentials: password === null ? null : { username: 'gateway', password },
      tls: { insecure: false, caPath: null, clientCertPath: null },
      requestTimeoutMs: 5_000,
      workspace: null,
      now: () => time,
    });
    open.push(made);
    return made;
  };

  beforeEach(async () => {
    time = 1_000_000;
    store = new FakeModelStore();
    server = await FakeMlflowServer.start(store.handler);
    registry = connect(null);
  });

  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()));
    await server.stop();
  });

  const poll = async (...uris: string[]): Promise<readonly PointerState[]> => {
    server.takePaths();
    const resolutions = await registry.resolve(uris.map(parseModelUri), noAbort);
    return resolutions.flatMap((resolution) => resolution.states);
  };
  /** As `route`, but answers to these paths. */
  const answer = (route: string, given: FakeAnswer, when: (name: string) => boolean = () => true) => {
    server.handler = (request) =>
      request.path.endsWith(route) && when(request.query.name ?? '') ? given : store.handler(request);
  };
  const addModels = (count: number, alias: number | null = null) => {
    const names = Array.from({ length: count }, (_, index) => `m${String(index).padStart(4, '0')}`);
    for (const name of names) {
      const model = store.add(name, 3);
      if (alias !== null) model.aliases.set('champion', alias);
    }
    return names;
  };
  const versionsOf = (states: readonly PointerState[]) =>
    states.map((state) => (state.outcome === 'found' ? state.version.version : state.outcome));

  describe('for aliases that point past the newest version', () => {
    it('are one search for many models, once, and once again after a minute for new tags', async () => {
      addModels(50, 2);
      expect(new Set(versionsOf(await poll('models:/*@champion')))).toEqual(new Set(['2']));
      expect(server.takePaths()).toEqual([SEARCH, VERSIONS]);
      await poll('models:/*@champion');
      expect(server.takePaths()).toEqual([SEARCH]);
      store.version('m0007', 2).tags.set('switchyard.allow_breaking', 'true');
      time += 60_000;
      const states = await poll('models:/*@champion');
      expect(server.takePaths()).toEqual([SEARCH, VERSIONS]);
      expect(states[7]).toMatchObject({ version: { tags: { 'switchyard.allow_breaking': 'true' } } });
    });

    it('are one more for each of few that move', async () => {
      const names = addModels(50, 2);
      await poll('models:/*@champion');
      for (const name of names.slice(0, 3)) store.models.get(name)?.aliases.set('champion', 1);
      expect(versionsOf(await poll('models:/*@champion')).slice(0, 4)).toEqual(['1', '1', '1', '2']);
      expect(server.takePaths()).toEqual([SEARCH, VERSION, VERSION, VERSION]);
    });

    it('are shared with the search for second versions in a stage', async () => {
      const names = addModels(10, 2);
      for (const name of names) {
        store.setStage(name, 1, 'Production');
        store.setStage(name, 3, 'Production');
      }
      await poll('models:/*@champion', 'models:/*/Production');
      expect(server.takePaths()).toEqual([SEARCH, VERSIONS]);
    });

    it('are single reads where a search would have to go through very many versions', async () => {
      addModels(5, 2);
      store.add('busy', 2_000);
      await poll('models:/*@champion');
      expect(server.takePaths()).toEqual([SEARCH, ...Array<string>(5).fill(VERSION)]);
      time += 60_000;
      // Only for new tags: a few a poll, the others a poll later.
      await poll('models:/*@champion');
      expect(server.takePaths()).toEqual([SEARCH, ...Array<string>(4).fill(VERSION)]);
      await poll('models:/*@champion');
      expect(server.takePaths()).toEqual([SEARCH, VERSION]);
    });

    it('ask directly for what the search lacks, and call it deleted only then', async () => {
      const names = addModels(10, 2);
      store.deleteVersion('m0003', 2);
      answer(VERSIONS, { status: 200, body: {} });
      expect(versionsOf(await poll(...names.map((name) => `models:/${name}@champion`))).slice(2, 5)).toEqual([
        '2',
        'absent',
        '2',
      ]);
      expect(server.takePaths()).toHaveLength(12);
    });

    it('are no more than the search where that fails, and the versions fail with its reason', async () => {
      addModels(10, 2);
      answer(VERSIONS, { status: 503, body: 'busy', headers: { 'retry-after': '20' } });
      const states = await poll('models:/*@champion');
      expect(server.takePaths()).toEqual([SEARCH, VERSIONS]);
      expect(states).toHaveLength(10);
      expect(states[0]).toMatchObject({ outcome: 'failed', error: { retryAfterSeconds: 20 } });
    });

    it('keep answering from memory while new tags cannot be read', async () => {
      addModels(10, 2);
      await poll('models:/*@champion');
      time += 60_000;
      answer(VERSIONS, { status: 503, body: 'busy' });
      expect(new Set(versionsOf(await poll('models:/*@champion')))).toEqual(new Set(['2']));
    });

    it('come each poll for a version that is not READY', async () => {
      store.add('iris', 3).aliases.set('champion', 2);
      store.version('iris', 2).status = 'PENDING_REGISTRATION';
      expect(versionsOf(await poll('models:/iris@champion'))).toEqual(['failed']);
      store.version('iris', 2).status = 'READY';
      expect(versionsOf(await poll('models:/iris@champion'))).toEqual(['2']);
    });
  });

  describe('for names that a search lacks', () => {
    it('are one a minute each, and none once the search has the name', async () => {
      addModels(3);
      store.add('secret', 3).isHidden = true;
      const uris = ['models:/*/3', 'models:/secret/3', 'models:/nope/1'];
      await poll(...uris);
      expect(server.takePaths()).toEqual([SEARCH, MODEL, MODEL]);
      expect(versionsOf(await poll(...uris)).slice(3)).toEqual(['failed', 'absent']);
      expect(server.takePaths()).toEqual([SEARCH]);
      store.models.get('secret')!.isHidden = false;
      expect(versionsOf(await poll(...uris)).slice(4)).toEqual(['3', 'absent']);
      expect(server.takePaths()).toEqual([SEARCH]);
      time += 60_000;
      await poll(...uris);
      expect(server.takePaths()).toEqual([SEARCH, MODEL]);
    });
  });

  describe('for few names among many models', () => {
    it('are one a name, because a search costs the server more', async () => {
      const names = addModels(100);
      const uris = names.slice(0, 3).map((name) => `models:/${name}/3`);
      await poll(...uris);
      expect(server.takePaths()).toEqual([SEARCH]);
      expect(versionsOf(await poll(...uris))).toEqual(['3', '3', '3']);
      expect(server.takePaths()).toEqual([MODEL, MODEL, MODEL]);
    });

    it('are one search with basic auth, where every request costs a password hash', async () => {
      const uris = addModels(100)
        .slice(0, 3)
        .map((name) => `models:/${name}/3`);
      registry = connect('secret');
      await poll(...uris);
      await poll(...uris);
      expect(server.takePaths()).toEqual([SEARCH]);
    });

    it('are one search for more than eight', async () => {
      const uris = addModels(200)
        .slice(0, 9)
        .map((name) => `models:/${name}/3`);
      await poll(...uris);
      await poll(...uris);
      expect(server.takePaths()).toEqual([SEARCH]);
    });
  });

  describe('to a server in trouble', () => {
    const names = Array.from({ length: 8 }, (_, index) => `m000${index}`);
    const uris = names.map((name) => `models:/${name}/3`);

    beforeEach(async () => {
      addModels(200);
      await poll(...uris);
      await poll(...uris);
      expect(server.takePaths()).toHaveLength(8);
    });

    it('end with the first answer that asks to be left alone', async () => {
      answer(MODEL, { status: 429, body: 'slow down', headers: { 'retry-after': '20' } });
      const outage = { code: 'REGISTRY_UNAVAILABLE', retryAfterSeconds: 20 };
      await expect(poll(...uris)).rejects.toMatchObject(outage);
      // As many as were out at once.
      expect(server.takePaths()).toHaveLength(4);
    });

    it('go on past one model that cannot be told, and end after three', async () => {
      answer(MODEL, { status: 500, body: {} }, (name) => name === 'm0001');
      expect(versionsOf(await poll(...uris))).toEqual(['3', 'failed', '3', '3', '3', '3', '3', '3']);
      answer(MODEL, { status: 500, body: {} });
      await expect(poll(...uris)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
      // Four are out at once, and the first two failures do not keep the next ones back.
      expect(server.takePaths().length).toBeLessThanOrEqual(6);
    });

    it('are none for notes within a minute of a search that failed', async () => {
      store.setStage('m0000', 1, 'Production');
      store.setStage('m0000', 3, 'Production');
      answer(VERSIONS, { status: 500, body: {} });
      const uri = 'models:/m0000/Production';
      expect(await poll(uri)).toMatchObject([{ outcome: 'found', notes: [] }]);
      expect(server.takePaths()).toEqual([MODEL, VERSIONS]);
      server.handler = store.handler;
      expect(await poll(uri)).toMatchObject([{ notes: [] }]);
      expect(server.takePaths()).toEqual([MODEL]);
      time += 60_000;
      expect(await poll(uri)).toMatchObject([{ notes: [expect.stringContaining('holds 1 and 3')] }]);
    });
  });
});
