import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { LocalVersion } from '../../src/formats/model-format.ts';
import { Deadline } from '../../src/inference/deadline.ts';
import { ALLOW_BREAKING_TAG } from '../../src/lifecycle/next-action.ts';
import { currentProcessMark } from '../../src/lifecycle/process-mark.ts';
import { StateFile } from '../../src/lifecycle/state-file.ts';
import type { LoadRequest } from '../../src/lifecycle/version-loader.ts';
import { versionKey } from '../../src/model/model-version.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { FakeEngine } from '../fakes/fake-engine.ts';
import { NOTHING_TAKEN, setUpLoader } from './loader-fixture.ts';
import { signatureOf } from './signatures.ts';
import { versionOf } from './versions.ts';

const row: readonly Tensor[] = [{ type: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) }];

describe('VersionLoader', () => {
  it('makes a servable that is checked, warm and says what it is', async () => {
    const { load, engine, format } = await setUpLoader();
    const servable = await load();
    expect(servable).toMatchObject({
      version: versionOf(1),
      memoryBytes: 1_000_000,
      exampleRow: [0, 0],
      notes: ['a note of the format'],
      placement: { placement: 'inline', loadMs: 1, runMs: 0.1 },
    });
    expect(servable.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(
      servable.signature.columns.map(({ takesNaN }) => takesNaN),
      'by the trial',
    ).toEqual([false, false]);
    const [session] = engine.openSessions;
    expect(session!.graph.path).toBe(join(format.workDirectories[0]!, 'graph.onnx'));
    expect(session!.runs.slice(0, 3).map(({ inputs }) => inputs[0]!.dims)).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(session!.runs.at(-1)!.inputs[0]!.dims, 'several rows, to measure').toEqual([32, 2]);
    const { outputs } = await servable.infer(row, 1, Deadline.NEVER);
    expect(Array.from(outputs[0]!.data as Float32Array)).toEqual([3]);
  });

  it('gives everything back after the servable is closed, and not before', async () => {
    const { load, taken } = await setUpLoader();
    const servable = await load();
    expect(await taken()).toEqual({
      holds: 1,
      workDirectories: 1,
      memoryBytes: 1_000_000,
      sessions: 1,
      markers: 0,
    });
    const lease = servable.lease();
    const retired = servable.retire();
    await turn();
    expect(await taken()).toMatchObject({ holds: 1, workDirectories: 1, sessions: 1 });
    lease[Symbol.dispose]();
    await retired;
    expect(await taken()).toEqual(NOTHING_TAKEN);
  });

  it('tries a version once, and remembers how it went', async () => {
    const { load, trials } = await setUpLoader();
    await (await load()).retire();
    await load();
    expect(trials.trials).toHaveLength(1);
    expect(trials.trials[0]!.timeoutMs).toBe(5_000);
  });

  it('does not remember a trial that failed', async () => {
    const { load, trials } = await setUpLoader();
    trials.holdsTrials = true;
    for (let attempt = 0; attempt < 2; attempt++) {
      const loading = load();
      (await trials.nextTrial()).reject();
      await expect(loading).rejects.toMatchObject({ code: 'LOAD_CRASHED' });
    }
  });

  it.each([
    [null, 'records'],
    ['predictions', 'predictions'],
  ] as const)('answers /invocations by the policy %s as %s', async (invocations, form) => {
    const { load } = await setUpLoader();
    const servable = await load({
      policy: { batching: true, signature: 'any', placement: 'auto', invocations, precision: 'double' },
    });
    expect(servable.invocations).toBe(form);
  });

  it('has a graph made in the precision of the policy, and tries each such graph', async () => {
    const { load, format, trials } = await setUpLoader();
    const tried = vi.spyOn(trials, 'try');
    const report = (precision: 'double' | 'float') => ({
      sourceFormat: 'skops',
      library: 'sklearn',
      libraryVersion: '1.9.1',
      converterVersion: '1',
      estimator: 'Ridge',
      conversionMs: 1,
      fromCache: false,
      graphBytes: 1,
      precision,
      tolerance: 1e-12,
      refusesValues: false,
    });
    const versions: LocalVersion[] = [];
    format.beforePrepare = (version) => void versions.push(version);
    for (const precision of ['double', 'float', 'float'] as const) {
      format.changes = { conversion: report(precision) };
      const policy = { batching: true, signature: 'any', placement: 'auto', invocations: null } as const;
      const servable = await load({ policy: { ...policy, precision } });
      expect(servable.conversion).toEqual(report(precision));
    }
    expect(versions.map(({ precision }) => precision)).toEqual(['double', 'float', 'float']);
    expect(tried).toHaveBeenCalledTimes(2);
  });

  it('tells batches of requests, and not the warm-up', async () => {
    const { load, batches } = await setUpLoader();
    const servable = await load();
    expect(batches).toEqual([]);
    await servable.infer(row, 1, Deadline.NEVER);
    expect(batches).toMatchObject([{ route: 'iris', version: '1', batch: { rows: 1 } }]);
  });

  it.each([
    ['inline', 'auto', { loadMs: 1, runMs: 0.1 }],
    ['worker', 'auto', { loadMs: 100, runMs: 0.1 }],
    ['worker', 'worker', { loadMs: 1, runMs: 0.1 }],
    ['inline', 'inline', { loadMs: 100, runMs: 10 }],
  ] as const)('runs it %s under the policy %s with %j', async (expected, placement, measured) => {
    const { load, trials, engine } = await setUpLoader();
    trials.holdsTrials = true;
    const loading = load({
      policy: { batching: true, signature: 'any', placement, invocations: null, precision: 'double' },
    });
    (await trials.nextTrial()).resolve(measured);
    expect((await loading).placement.placement).toBe(expected);
    expect(engine.loads[0]!.placement).toBe(expected);
  });

  it.each([
    ['shares runs', true, {}, 1],
    ['makes a run of each request where batching is off', false, {}, 2],
    ['makes a run of each request where outputs have no entry a row', true, { runs: [] }, 2],
  ])('%s', async (_what, batching, report, runs) => {
    const { load, trials, engine } = await setUpLoader();
    trials.holdsTrials = true;
    const loading = load({
      policy: { batching, signature: 'any', placement: 'auto', invocations: null, precision: 'double' },
    });
    (await trials.nextTrial()).resolve(report);
    const servable = await loading;
    const before = engine.openSessions[0]!.runs.length;
    await Promise.all([servable.infer(row, 1, Deadline.NEVER), servable.infer(row, 1, Deadline.NEVER)]);
    expect(engine.openSessions[0]!.runs.length - before).toBe(runs);
  });

  it('refuses what no format claims before the rest is downloaded, and says what to do', async () => {
    const { load, source, taken } = await setUpLoader();
    source.files.set('MLmodel', Buffer.from('flavors:\n  pytorch: {}\n'));
    await expect(load()).rejects.toMatchObject({
      code: 'UNSUPPORTED_MODEL',
      message: expect.stringContaining('its flavours are pytorch; export the model to ONNX'),
    });
    expect(source.opened).toEqual(['MLmodel']);
    expect(await taken()).toEqual(NOTHING_TAKEN);
  });
});

describe('VersionLoader, when something fails', () => {
  const trouble = new GatewayError('INVALID_MODEL', 'trouble');
  type Set = Awaited<ReturnType<typeof setUpLoader>>;

  it.each<[GatewayError, boolean]>([
    [trouble, false],
    [new GatewayError('UNSUPPORTED_MODEL', 'an operator'), true],
  ])('keeps the downloaded files unless they are no model ($0.code)', async (error, isKept) => {
    const { load, format, cache } = await setUpLoader();
    format.beforePrepare = () => {
      throw error;
    };
    await expect(load()).rejects.toBe(error);
    expect((await cache.find(versionOf(1))) !== null).toBe(isKept);
  });

  it.each<readonly [string, (set: Set) => void, string]>([
    [
      'the download',
      ({ source }) => {
        source.betweenChunks = () => {
          throw new GatewayError('ARTIFACT_UNAVAILABLE', 'the store is down');
        };
      },
      'ARTIFACT_UNAVAILABLE',
    ],
    [
      'the registry',
      ({ registry }) => {
        registry.outage = new GatewayError('REGISTRY_UNAVAILABLE', 'down');
      },
      'REGISTRY_UNAVAILABLE',
    ],
    [
      'the preparation',
      ({ format }) => {
        format.beforePrepare = () => {
          throw trouble;
        };
      },
      'INVALID_MODEL',
    ],
    [
      'the trial',
      ({ trials }) => {
        trials.holdsTrials = true;
        void trials.nextTrial().then((trial) => trial.reject());
      },
      'LOAD_CRASHED',
    ],
    [
      'the engine',
      ({ engine }) => {
        engine.isClosed = true;
      },
      'SHUTTING_DOWN',
    ],
  ])('gives everything back when %s fails', async (_what, arrange, code) => {
    const set = await setUpLoader();
    arrange(set);
    await expect(set.load()).rejects.toMatchObject({ code });
    expect(await set.taken()).toEqual(NOTHING_TAKEN);
  });

  it('closes the session again when the warm-up in the server fails', async () => {
    const engine = new FakeEngine({ holdsLoads: false, holdsRuns: true });
    const { load, taken } = await setUpLoader({ engine });
    const loading = load();
    loading.catch(() => {}); // asserted below
    const { session } = await engine.nextLoad();
    (await session.nextRun()).reject();
    await expect(loading).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    expect([session.closeCalls, session.isReleased]).toEqual([1, true]);
    expect(await taken()).toEqual(NOTHING_TAKEN);
  });

  it('closes the session again when the load is abandoned during the warm-up', async () => {
    const engine = new FakeEngine({ holdsLoads: false, holdsRuns: true });
    const { load, taken } = await setUpLoader({ engine });
    const abort = new AbortController();
    const loading = load({}, abort.signal);
    loading.catch(() => {}); // asserted below
    const { session } = await engine.nextLoad();
    const run = await session.nextRun();
    abort.abort(new GatewayError('LOAD_FAILED', 'not wanted'));
    run.resolve();
    await expect(loading).rejects.toMatchObject({ code: 'LOAD_FAILED' });
    expect(session.closeCalls).toBe(1);
    expect(await taken()).toEqual(NOTHING_TAKEN);
  });

  it.each(['preparation', 'trial', 'engine'])(
    'gives everything back when it is abandoned in the %s',
    async (where) => {
      const engine = new FakeEngine();
      const { load, format, trials, taken } = await setUpLoader({ engine });
      const abort = new AbortController();
      const reason = new GatewayError('LOAD_FAILED', 'not wanted');
      trials.holdsTrials = where === 'trial';
      if (where === 'preparation') format.beforePrepare = () => abort.abort(reason);
      const loading = load({}, abort.signal);
      loading.catch(() => {}); // asserted below
      if (where === 'trial') await trials.nextTrial();
      if (where === 'engine') await engine.nextLoad();
      abort.abort(reason);
      await expect(loading).rejects.toBe(reason);
      expect(await taken()).toEqual(NOTHING_TAKEN);
    },
  );

  it('asks for room, and refuses the version when there is none', async () => {
    const { load, makeRoom, memory, taken, engine } = await setUpLoader({ memoryMaxBytes: 1_500_000 });
    const first = await load();
    const second = load({ version: versionOf(2) });
    await expect(second).rejects.toMatchObject({ code: 'MEMORY_LIMIT' });
    expect(makeRoom).toHaveBeenCalledTimes(1);
    expect(engine.loads).toHaveLength(1);
    makeRoom.mockImplementationOnce(async () => {
      await first.retire();
      return true;
    });
    await (await load({ version: versionOf(2) })).retire();
    expect(memory.heldBytes).toBe(0);
    expect(await taken()).toEqual(NOTHING_TAKEN);
  });
});

describe('VersionLoader, checking the signature', () => {
  const reference = { signature: signatureOf('a', 'b', 'c'), version: '7' };
  const any: LoadRequest['policy'] = {
    batching: true,
    signature: 'any',
    placement: 'auto',
    invocations: null,
    precision: 'double',
  };
  const allowed = versionOf(1, { tags: { [ALLOW_BREAKING_TAG]: 'true' } });

  it('rejects a version that would break valid requests, with every difference and what to do', async () => {
    const { load, taken, engine } = await setUpLoader();
    await expect(load({ reference })).rejects.toMatchObject({
      code: 'SIGNATURE_INCOMPATIBLE',
      message: expect.stringMatching(/version "7".*column "c" is gone.*switchyard\.allow_breaking=true/),
    });
    expect(engine.loads).toHaveLength(0);
    expect(await taken()).toEqual(NOTHING_TAKEN);
  });

  it.each([
    ['its tag allows it', { reference, version: allowed }],
    ['the policy of the model allows it', { reference, policy: any }],
    ['there is nothing to compare with', {}],
    [
      'it breaks nothing',
      {
        reference: {
          signature: {
            ...signatureOf('a', 'b'),
            columns: signatureOf('a', 'b').columns.map((column) => ({ ...column, takesNaN: false })),
          },
          version: '7',
        },
      },
    ],
  ])('loads a version where %s', async (_what, changes) => {
    const { load } = await setUpLoader();
    expect((await load(changes)).signature.columns).toHaveLength(2);
  });

  it('does not take any other value of the tag for a permission', async () => {
    const { load } = await setUpLoader();
    const version = versionOf(1, { tags: { [ALLOW_BREAKING_TAG]: 'false' } });
    await expect(load({ reference, version })).rejects.toMatchObject({ code: 'SIGNATURE_INCOMPATIBLE' });
  });
});

describe('VersionLoader, and deaths of the process', () => {
  /** Markers of earlier processes that died while they loaded version 1. */
  async function setUpDeaths(deaths: number) {
    const set = await setUpLoader();
    const { directory } = set;
    const state = await StateFile.open(join(directory, 'state'), 'http://registry');
    const unmark = await state.markLoading(versionOf(1));
    const folder = (await readdir(join(directory, 'state'))).find((name) => name.endsWith('.loading'))!;
    await unmark();
    for (let death = 0; death < deaths; death++) {
      const { key, source } = { key: versionKey(versionOf(1)), source: versionOf(1).source };
      const marker = { ...currentProcessMark(), startedAt: String(death), key, source };
      await writeFile(join(directory, 'state', folder, `${death}.json`), JSON.stringify(marker));
    }
    return { ...set, restarted: await StateFile.open(join(directory, 'state'), 'http://registry') };
  }

  it.each([
    [0, true, 'loads'],
    [1, false, 'loads'],
    [1, true, 'refuses'],
    [2, false, 'refuses'],
  ])(
    'after %d deaths, with another version to fall back to: %s, %s it',
    async (deaths, hasFallback, what) => {
      const { load, state, restarted, source } = await setUpDeaths(deaths);
      state.deathsOf = (version) => restarted.deathsOf(version);
      const loading = load({ hasFallback });
      if (what === 'loads') {
        expect((await loading).version.version).toBe('1');
        return;
      }
      await expect(loading).rejects.toMatchObject({ code: 'LOAD_CRASHED' });
      expect(source.opened).toEqual([]);
    },
  );

  it('has the marker on the disk while the process could die of the version, and not during the download', async () => {
    const engine = new FakeEngine();
    const { load, source, format, trials, markers } = await setUpLoader({ engine });
    const seen: [string, number][] = [];
    source.betweenChunks = async () => void seen.push(['download', await markers()]);
    format.beforePrepare = async () => void seen.push(['preparation', await markers()]);
    trials.holdsTrials = true;
    const loading = load();
    const trial = await trials.nextTrial();
    seen.push(['trial', await markers()]);
    trial.resolve();
    const engineLoad = await engine.nextLoad();
    seen.push(['engine', await markers()]);
    engineLoad.resolve();
    await loading;
    seen.push(['service', await markers()]);
    expect(Object.fromEntries(seen)).toEqual({
      download: 0,
      preparation: 1,
      trial: 1,
      engine: 1,
      service: 0,
    });
  });
});
