import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unsupportedOpsetGraph } from '../fakes/hostile-models.ts';
import {
  ADMIN_TOKEN,
  copyFixtures,
  type RunningGateway,
  runGateway,
  writeVersion,
} from '../running-gateway.ts';

const OPERATOR = { authorization: `Bearer ${ADMIN_TOKEN}` };
const ROW = { name: 'X', datatype: 'FP32', shape: [2, 4], data: [5.1, 3.5, 1.4, 0.2, 6, 3, 5, 2] };

interface Duration {
  readonly count: number;
  readonly ns: number;
}

interface Statistics {
  readonly name: string;
  readonly version: string;
  readonly last_inference: number;
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats: Readonly<Record<string, Duration>>;
}

describe('what is told of models by the Open Inference Protocol', () => {
  let registry: string;
  let running: RunningGateway;

  const point = (version: number) =>
    writeFile(join(registry, 'iris/registry.yaml'), `stages: {Production: ${version}}\n`);
  const get = async (path: string) => {
    const response = await fetch(running.url + path);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const post = async (path: string, body: unknown = '', headers: Record<string, string> = {}) => {
    const response = await running.post(path, body, headers);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const statisticsOf = async (path: string) => (await get(path)).body.model_stats as readonly Statistics[];

  beforeAll(async () => {
    registry = await copyFixtures('iris/1', 'iris/2', 'titanic-like/1');
    await point(1);
    await writeVersion(registry, 'iris', 3, unsupportedOpsetGraph());
    running = await runGateway({ SWITCHYARD_REGISTRY_DIR: registry });
    await running.serving('iris', 'titanic-like');
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
  });

  it('is counted by version: requests, rows, runs and where the time went', async () => {
    const path = '/v2/models/iris/versions/1/stats';
    expect(await statisticsOf(path)).toMatchObject([
      { name: 'iris', version: '1', last_inference: 0, inference_count: 0, execution_count: 0 },
    ]);
    const before = Date.now();
    await post('/v2/models/iris/infer', { inputs: [ROW] });
    await post('/models/iris/predict', { features: [5.1, 3.5, 1.4, 0.2] });
    await post('/v2/models/iris/infer', { inputs: [{ ...ROW, data: ['no'] }] });
    const [one] = await statisticsOf(path);
    expect(one).toMatchObject({ inference_count: 3, execution_count: 2 });
    expect(one!.last_inference).toBeGreaterThanOrEqual(before);
    const { success, fail, cache_hit, ...parts } = one!.inference_stats;
    expect([success!.count, fail!.count, cache_hit!.count]).toEqual([2, 1, 0]);
    let ns = 0;
    for (const part of ['queue', 'compute_input', 'compute_infer', 'compute_output']) {
      expect(parts[part]).toMatchObject({ count: 2 });
      ns += parts[part]!.ns;
    }
    expect(success!.ns).toBeGreaterThanOrEqual(ns);
    expect(ns).toBeGreaterThan(0);
    expect(await statisticsOf('/v2/models/iris/stats')).toEqual([one]);
    const all = await statisticsOf('/v2/models/stats');
    expect(all.map(({ name, version }) => [name, version])).toEqual([
      ['iris', '1'],
      ['titanic-like', '1'],
    ]);
  });

  it('is described as a configuration that agrees with the metadata', async () => {
    const { body } = await get('/v2/models/iris/config');
    expect(body).toMatchObject({
      name: 'iris',
      platform: 'onnxruntime_onnx',
      max_batch_size: 1_000_000,
      input: [{ name: 'float_input', data_type: 'TYPE_FP32', dims: [4] }],
      output: [
        { name: 'output_label', data_type: 'TYPE_INT64', dims: [1], reshape: { shape: [] } },
        { name: 'output_probability', data_type: 'TYPE_FP32', dims: [3] },
      ],
      instance_group: [{ kind: 'KIND_CPU', count: 1 }],
      model_transaction_policy: { decoupled: false },
    });
    expect((await get('/v2/models/iris/versions/1/config')).body).toEqual(body);
    const table = (await get('/v2/models/titanic-like/config')).body.input as { data_type: string }[];
    expect(table.map(({ data_type }) => data_type).toSorted()).toEqual([
      'TYPE_FP32',
      'TYPE_FP32',
      'TYPE_INT64',
      'TYPE_INT64',
      'TYPE_STRING',
      'TYPE_STRING',
    ]);
  });

  it('is listed in an index, with what cannot be loaded and why', async () => {
    const titanic = { name: 'titanic-like', version: '1', state: 'READY', reason: '' };
    const iris = (version: string) => ({ name: 'iris', version, state: 'READY', reason: '' });
    expect((await post('/v2/repository/index')).body).toEqual([iris('1'), titanic]);
    await point(2);
    expect(await post('/v2/repository/models/iris/load', {}, OPERATOR)).toEqual({
      status: 200,
      body: { name: 'iris', load: true },
    });
    expect((await post('/v2/repository/index', {})).body).toEqual([iris('2'), iris('1'), titanic]);
    expect((await get('/v2/models/iris')).body).toMatchObject({ versions: ['2', '1'] });
    expect(await post('/v2/models/iris/versions/1/infer', { inputs: [ROW] })).toMatchObject({
      status: 200,
      body: { model_version: '1' },
    });
    await point(3);
    const failed = await post('/v2/repository/models/iris/load', '', OPERATOR);
    expect(failed).toMatchObject({ status: 409, body: { code: 'LOAD_FAILED' } });
    const index = (await post('/v2/repository/index')).body as unknown as { version: string }[];
    expect(index[2]).toMatchObject({ name: 'iris', version: '3', state: 'UNAVAILABLE' });
    expect((await post('/v2/repository/index', { ready: true })).body).toEqual([
      iris('2'),
      iris('1'),
      titanic,
    ]);
    expect((await post('/v2/models/iris/infer', { inputs: [ROW] })).body).toMatchObject({
      model_version: '2',
    });
    await point(1);
    await post('/v2/repository/models/iris/load', '', OPERATOR);
  });

  it('is loaded and unloaded by operators alone, and from the registry alone', async () => {
    for (const call of ['load', 'unload']) {
      expect((await post(`/v2/repository/models/iris/${call}`)).status).toBe(401);
    }
    const unload = await post('/v2/repository/models/iris/unload', '', OPERATOR);
    expect(unload).toMatchObject({ status: 501, body: { code: 'NOT_IMPLEMENTED' } });
    expect((await post('/v2/repository/models/none/load', '', OPERATOR)).status).toBe(404);
    for (const parameters of [{ config: '{}' }, { 'file:1/model.onnx': 'AA==' }]) {
      const load = await post('/v2/repository/models/iris/load', { parameters }, OPERATOR);
      expect(load).toMatchObject({ status: 400, body: { errors: [{ pointer: '/parameters' }] } });
    }
    const lines = running.log.filter(({ event }) => event === 'operator').map(({ fields }) => fields.outcome);
    expect(lines).toContain('done');
    expect(lines).toContain('refused');
  });

  it('has settings that can be read and not changed', async () => {
    expect((await get('/v2/trace/setting')).body).toMatchObject({ trace_level: ['OFF'] });
    expect((await get('/v2/models/iris/trace/setting')).body).toMatchObject({ trace_level: ['OFF'] });
    expect((await get('/v2/logging')).body).toMatchObject({ log_verbose_level: 0 });
    for (const kind of ['system', 'cuda']) {
      expect((await get(`/v2/${kind}sharedmemory/status`)).body).toEqual([]);
      expect((await post(`/v2/${kind}sharedmemory/region/a/register`, {})).status).toBe(501);
    }
    for (const path of ['/v2/trace/setting', '/v2/logging', '/v2/repository/own/index']) {
      expect(await post(path, {})).toMatchObject({ status: 501, body: { code: 'NOT_IMPLEMENTED' } });
    }
  });
});
