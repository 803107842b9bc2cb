import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseModelUri } from '../../../src/model/model-uri.ts';
import { createMlflowRegistry } from '../../../src/registry/mlflow/mlflow-registry.ts';
import type { ModelRegistry, PointerState } from '../../../src/registry/model-registry.ts';
import { FakeMlflowServer } from './fake-mlflow-server.ts';
import { FakeModelStore } from './fake-model-store.ts';
import { recorded } from './recorded.ts';

const noAbort = new AbortController().signal;

describe('MlflowRegistry', () => {
  let server: FakeMlflowServer;
  let store: FakeModelStore;
  let registry: ModelRegistry;
  let time = 1_000_000;

  beforeEach(async () => {
    store = new FakeModelStore();
    server = await FakeMlflowServer.start(store.handler);
    registry = createMlflowRegistry({
      uri: `${server.uri}/`,
      credentials: null,
      tls: { insecure: false, caPath: null, clientCertPath: null },
      requestTimeoutMs: 5_000,
      workspace: null,
      now: () => time,
    });
  });

  afterEach(async () => {
    await registry.close();
    await server.stop();
  });

  const poll = async (...uris: string[]): Promise<readonly PointerState[]> => {
    server.takePaths();
    const resolutions = await registry.resolve(uris.map(parseModelUri), noAbort);
    return resolutions.flatMap((resolution) => resolution.states);
  };
  const replay = (version: '2.22.5' | '3.17.2', routes: Record<string, string>) => {
    server.handler = ({ path }) => {
      const name = routes[path.replace('/api/2.0/mlflow/', '')];
      return name === undefined ? null : recorded(version, name);
    };
  };

  describe('as recorded', () => {
    it.each(['3.17.2', '2.22.5'] as const)('follows every kind of pointer of %s', async (version) => {
      replay(version, { 'registered-models/get': 'get model' });
      const states = await poll(
        'models:/gw-iris/Production',
        'models:/gw-iris/Staging',
        'models:/gw-iris@challenger',
        'models:/gw-iris/latest',
        'models:/gw-iris/1',
        'models:/gw-iris/Archived',
      );
      const numbers = states.map((state) => (state.outcome === 'found' ? state.version.version : state));
      expect(numbers).toEqual(['2', '3', '3', '4', '1', '1']);
      expect(server.takePaths()).toEqual(['registered-models/get']);
    });

    it('tells run, source, creation time and tags of a version', async () => {
      replay('3.17.2', { 'registered-models/get': 'get model' });
      const [state] = await poll('models:/gw-iris@champion');
      expect(state).toMatchObject({
        version: {
          registry: server.uri,
          workspace: null,
          name: 'gw-iris',
          version: '2',
          modelCreatedAt: 1795391721531,
          runId: '77efa3ff9ba2480ba304670d3eef3f78',
          source: 'models:/m-534c4d7d8f5944b88edd1e7ca240617b',
          tags: { validated: 'yes' },
        },
      });
    });

    it('has no run where MLflow gives an empty one', async () => {
      replay('3.17.2', { 'registered-models/get': 'model after deleting an aliased version' });
      expect(await poll('models:/gw-life/Production')).toMatchObject([{ version: { runId: null } }]);
    });

    it('calls an alias absent whose version was deleted, whether the alias stays (2.22) or not (3.17)', async () => {
      replay('3.17.2', { 'registered-models/get': 'model after deleting an aliased version' });
      expect(await poll('models:/gw-life@prod')).toMatchObject([
        { outcome: 'absent', reason: expect.stringContaining('has no alias "prod"') },
      ]);
      replay('2.22.5', {
        'registered-models/get': 'model after deleting an aliased version',
        'model-versions/get': 'alias of deleted version',
      });
      expect(await poll('models:/gw-life@prod')).toMatchObject([
        { outcome: 'absent', reason: expect.stringContaining('deleted version') },
      ]);
    });

    it('calls a model absent on 404, and failed on the 403 that hides whether it exists', async () => {
      replay('3.17.2', { 'registered-models/get': 'get model, unknown' });
      expect(await poll('models:/nope/Production')).toMatchObject([{ outcome: 'absent' }]);
      replay('3.17.2', { 'registered-models/get': 'get model as nobody' });
      const failed = { outcome: 'failed', error: { code: 'REGISTRY_FORBIDDEN' } };
      expect(await poll('models:/nope/Production')).toMatchObject([failed]);
      expect(await registry.read(parseModelUri('models:/nope/Production'), noAbort)).toMatchObject(failed);
    });

    it('throws where the whole server refuses', async () => {
      const uri = parseModelUri('models:/gw-iris/Production');
      replay('3.17.2', { 'registered-models/get': 'default: Host mlflow:5000' });
      const badHost = { code: 'REGISTRY_FORBIDDEN', message: expect.stringContaining('--allowed-hosts') };
      await expect(registry.resolve([uri], noAbort)).rejects.toMatchObject(badHost);
      await expect(registry.read(uri, noAbort)).rejects.toMatchObject(badHost);
      replay('3.17.2', { 'registered-models/get': 'search models as no credentials' });
      const unknown = {
        code: 'REGISTRY_FORBIDDEN',
        message: expect.stringContaining('MLFLOW_TRACKING_USERNAME'),
      };
      await expect(registry.resolve([uri], noAbort)).rejects.toMatchObject(unknown);
      await expect(registry.read(uri, noAbort)).rejects.toMatchObject(unknown);
    });

    it('takes an empty search for no models', async () => {
      replay('3.17.2', { 'registered-models/search': 'search models, nothing found' });
      expect(await registry.resolve([parseModelUri('models:/*/Production')], noAbort)).toMatchObject([
        { states: [], available: [] },
      ]);
    });
  });

  describe('requests', () => {
    it('makes one for a wildcard, and leaves prompts out', async () => {
      store.add('iris', 1);
      store.add('greeting', 1).isPrompt = true;
      store.setStage('iris', 1, 'Production');
      store.setStage('greeting', 1, 'Production');
      expect(await poll('models:/*/Production')).toMatchObject([{ name: 'iris', outcome: 'found' }]);
      expect(server.takePaths()).toEqual(['registered-models/search']);
    });

    it('reads every page', async () => {
      store.pageSize = 2;
      for (const name of ['a', 'b', 'c', 'd', 'e']) store.add(name, 1);
      expect(await poll('models:/*/1')).toHaveLength(5);
      expect(server.takePaths()).toHaveLength(3);
    });

    it('makes one search for several names, or one request a name where the search has more pages', async () => {
      for (const name of ['a', 'b', 'c']) store.add(name, 1);
      await poll('models:/a/1', 'models:/b/1');
      expect(server.takePaths()).toEqual(['registered-models/search']);
      store.pageSize = 1;
      await poll('models:/a/1', 'models:/b/1');
      await poll('models:/a/1', 'models:/b/1');
      expect(server.takePaths()).toEqual(['registered-models/get', 'registered-models/get']);
    });

    it('asks by name for what a search leaves out, because it leaves out what may not be read', async () => {
      store.add('iris', 1);
      store.add('secret', 1).isHidden = true;
      const states = await poll('models:/*/1', 'models:/secret/1', 'models:/nope/1');
      expect(states).toMatchObject([
        { name: 'iris', outcome: 'found' },
        { name: 'secret', outcome: 'failed', error: { code: 'REGISTRY_FORBIDDEN' } },
        { name: 'nope', outcome: 'absent' },
      ]);
    });

    it('remembers a version outside of the record until the model changes or a minute is over', async () => {
      store.add('iris', 3);
      store.models.get('iris')?.aliases.set('champion', 2);
      await poll('models:/iris@champion');
      expect(server.takePaths()).toEqual(['registered-models/get', 'model-versions/get']);
      await poll('models:/iris@champion');
      expect(server.takePaths()).toEqual(['registered-models/get']);
      store.deleteVersion('iris', 2);
      expect(await poll('models:/iris@champion')).toMatchObject([{ outcome: 'absent' }]);
      await poll('models:/iris@champion');
      expect(server.takePaths()).toEqual(['registered-models/get']);
      store.models.get('iris')?.aliases.set('champion', 1);
      await poll('models:/iris@champion');
      store.version('iris', 1).tags.set('switchyard.allow_breaking', 'true');
      expect(await poll('models:/iris@champion')).toMatchObject([{ version: { tags: {} } }]);
      time += 60_000;
      expect(await poll('models:/iris@champion')).toMatchObject([
        { version: { tags: { 'switchyard.allow_breaking': 'true' } } },
      ]);
    });

    it('remembers nothing in a direct read', async () => {
      store.add('iris', 3);
      const uri = parseModelUri('models:/iris/1');
      await poll('models:/iris/1');
      store.version('iris', 1).tags.set('k', 'v');
      server.takePaths();
      expect(await registry.read(uri, noAbort)).toMatchObject({ version: { tags: { k: 'v' } } });
      expect(server.takePaths()).toEqual(['registered-models/get', 'model-versions/get']);
    });

    it('looks for a second version in the stage only after the model has changed', async () => {
      store.add('iris', 4);
      store.setStage('iris', 1, 'Production');
      store.setStage('iris', 3, 'Production');
      const note = ['Production holds 1 and 3; 3 is served; archive 3 to roll back'];
      expect(await poll('models:/iris/Production')).toMatchObject([{ notes: note }]);
      expect(server.takePaths()).toEqual(['registered-models/get', 'model-versions/search']);
      expect(await poll('models:/iris/Production')).toMatchObject([{ notes: note }]);
      expect(server.takePaths()).toEqual(['registered-models/get']);
      store.setStage('iris', 1, 'Archived');
      expect(await poll('models:/iris/Production')).toMatchObject([{ notes: [] }]);
      expect(server.takePaths()).toEqual(['registered-models/get', 'model-versions/search']);
    });

    it('looks for second versions of many models with one search', async () => {
      for (let index = 0; index < 6; index += 1) {
        store.add(`m${index}`, 3);
        store.setStage(`m${index}`, 1, 'Production');
        store.setStage(`m${index}`, 3, 'Production');
      }
      const states = await poll('models:/*/Production');
      expect(states.every((state) => state.outcome === 'found' && state.notes.length === 1)).toBe(true);
      expect(server.takePaths()).toEqual(['registered-models/search', 'model-versions/search']);
    });

    it('resolves without notes where the search for them fails', async () => {
      store.add('iris', 3);
      store.setStage('iris', 1, 'Production');
      store.setStage('iris', 3, 'Production');
      server.handler = (request) =>
        request.path.endsWith('model-versions/search') ? { status: 500, body: {} } : store.handler(request);
      expect(await poll('models:/iris/Production')).toMatchObject([{ outcome: 'found', notes: [] }]);
    });
  });

  it('keeps the other models where one request fails', async () => {
    store.pageSize = 1;
    for (const name of ['a', 'b', 'c']) store.add(name, 1);
    await poll('models:/*/1');
    server.handler = (request) =>
      request.query.name === 'a' ? { status: 502, body: 'Bad Gateway' } : store.handler(request);
    expect(await poll('models:/a/1', 'models:/b/1')).toMatchObject([
      { outcome: 'failed', error: { code: 'REGISTRY_UNAVAILABLE' } },
      { outcome: 'found' },
    ]);
  });

  it('fails a version that is not READY with the reason that the server gives', async () => {
    store.add('iris', 1);
    store.version('iris', 1).status = 'FAILED_REGISTRATION';
    store.version('iris', 1).statusMessage = 'copy failed';
    expect(await poll('models:/iris/1')).toMatchObject([
      {
        outcome: 'failed',
        error: {
          code: 'VERSION_NOT_READY',
          message: 'version 1 of model "iris" is FAILED_REGISTRATION: copy failed',
        },
      },
    ]);
  });

  it('suggests the model that was meant, where it knows them', async () => {
    store.add('breast-cancer', 1);
    expect(await poll('models:/*/1', 'models:/breast_cancr/1')).toMatchObject([
      { outcome: 'found' },
      { outcome: 'absent', reason: 'there is no model "breast_cancr"; did you mean "breast-cancer"?' },
    ]);
  });

  it('shows sources without user info and query', async () => {
    store.add('iris', 1);
    store.version('iris', 1).source = 'https://user:secret@store/iris?sig=secret';
    expect(await poll('models:/iris/1')).toMatchObject([{ version: { source: 'https://store/iris' } }]);
  });

  describe('locate', () => {
    const locate = async () => {
      const state = await registry.read(parseModelUri('models:/iris/1'), noAbort);
      if (state.outcome !== 'found') throw new Error(JSON.stringify(state));
      return await registry.locate(state.version, noAbort);
    };
    const routes = (more: Record<string, unknown>) => {
      server.handler = (request) => {
        const body = more[request.path.replace('/api/2.0/mlflow/', '')];
        return body === undefined ? store.handler(request) : { status: 200, body };
      };
    };
    const runId = 'a'.repeat(32);
    const run = {
      run: {
        info: { run_id: runId, experiment_id: '4', artifact_uri: `mlflow-artifacts:/4/${runId}/artifacts` },
        outputs: {
          model_outputs: [
            { model_id: 'm-late', step: 5 },
            { model_id: 'm-early', step: 1 },
          ],
        },
      },
    };
    const logged = (id: string, createdAt: number, source = runId) => ({
      info: {
        model_id: id,
        artifact_uri: `mlflow-artifacts:/4/models/${id}/artifacts`,
        source_run_id: source,
        creation_timestamp_ms: createdAt,
      },
    });

    beforeEach(() => {
      store.add('iris', 1);
    });

    it.each([
      ['mlflow-artifacts:/4/models/m-1/artifacts', 'mlflow-artifacts:/4/models/m-1/artifacts'],
      ['s3://bucket/key', 's3://bucket/key'],
      ['/data/my models/iris', 'file:///data/my%20models/iris'],
    ])('gives %s as %s', async (given, expected) => {
      store.version('iris', 1).downloadUri = given;
      expect(await locate()).toBe(expected);
    });

    it('finds a run’s model beside the run in 3.x: of several the one of the last step', async () => {
      store.version('iris', 1).downloadUri = `runs:/${runId}/model/sub`;
      routes({
        'runs/get': run,
        'logged-models/search': {
          models: [logged('m-early', 9), logged('m-late', 3), logged('m-other', 99, 'other run')],
        },
      });
      expect(await locate()).toBe('mlflow-artifacts:/4/models/m-late/artifacts/sub');
      expect(JSON.parse(server.seen.at(-1)?.body ?? '')).toEqual({
        experiment_ids: ['4'],
        filter: "name = 'model'",
      });
    });

    it('finds a run’s model in the run where there are no logged models (2.x)', async () => {
      store.version('iris', 1).downloadUri = `runs:/${runId}/model`;
      routes({ 'runs/get': run });
      expect(await locate()).toBe(`mlflow-artifacts:/4/${runId}/artifacts/model`);
    });

    it('follows another version and a logged model', async () => {
      store.add('base', 2);
      store.version('iris', 1).downloadUri = 'models:/base/latest';
      store.version('base', 2).downloadUri = 'models:/m-1';
      routes({ 'logged-models/m-1': { model: logged('m-1', 1) } });
      expect(await locate()).toBe('mlflow-artifacts:/4/models/m-1/artifacts');
    });

    it.each([
      ['a circle', 'models:/iris/1'],
      ['a model that is not there', 'models:/nope/1'],
      ['a path that leads out', `runs:/${runId}/../../secrets`],
      ['a run that is not there', 'runs:/gone/model'],
    ])('refuses %s', async (_, uri) => {
      store.version('iris', 1).downloadUri = uri;
      server.handler = (request) => {
        if (!request.path.endsWith('runs/get')) return store.handler(request);
        return request.query.run_id === runId
          ? { status: 200, body: run }
          : { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no such run' } };
      };
      await expect(locate()).rejects.toMatchObject({ code: 'ARTIFACT_INVALID' });
    });
  });
});
