import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGraph } from '../fakes/hostile-models.ts';
import { FLOAT, graph, INT64, model, node, tensorInfo } from '../fakes/onnx-builder.ts';
import { copyFixtures, type RunningGateway, runGateway, writeVersion } from '../running-gateway.ts';

/** `X` as it is, of any type. */
function identityGraph(type: number): Uint8Array {
  const parts = {
    nodes: [node('Identity', { inputs: ['X'], outputs: ['variable'] })],
    inputs: [tensorInfo('X', type, [-1, 1])],
    outputs: [tensorInfo('variable', type, [-1, 1])],
  };
  return model(graph('identity', parts));
}

/** The square root of a float column: NaN below zero. */
function rootGraph(): Uint8Array {
  const parts = {
    nodes: [node('Sqrt', { inputs: ['X'], outputs: ['variable'] })],
    inputs: [tensorInfo('X', FLOAT, [-1, 1])],
    outputs: [tensorInfo('variable', FLOAT, [-1, 1])],
  };
  return model(graph('root', parts));
}

const ODD_NAMES: readonly (readonly [name: string, header: string])[] = [
  ['plain-name_1.x~', 'plain-name_1.x~'],
  ["it's a (model)!", "it's%20a%20(model)!"],
  ['größe 日本', 'gr%C3%B6%C3%9Fe%20%E6%97%A5%E6%9C%AC'],
  ['50%', '50%25'],
  ['a%2Fb', 'a%252Fb'],
  ['q?x=1#y&z', 'q?x=1#y&z'],
];

describe('a model answer', () => {
  let registry: string;
  let running: RunningGateway;

  beforeAll(async () => {
    registry = await copyFixtures('iris/1');
    await appendFile(join(registry, 'iris/1/MLmodel'), 'run_id: 4f2a\n');
    await writeVersion(registry, 'sum', 1, addGraph());
    await writeVersion(registry, 'long', 1, identityGraph(INT64));
    await writeVersion(registry, 'root', 1, rootGraph());
    for (const [name] of ODD_NAMES) await writeVersion(registry, name, 1, addGraph());
    running = await runGateway({ SWITCHYARD_REGISTRY_DIR: registry, SWITCHYARD_DEFAULT_MODEL: 'sum' });
    await running.serving('sum', 'long', 'root', 'iris', ...ODD_NAMES.map(([name]) => name));
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
  });

  it('has exactly the headers of section 6', async () => {
    const response = await running.post('/predict', { features: [1, 2, 3, 4] });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ prediction: 10 });
    const { date, connection, 'keep-alive': keepAlive, ...headers } = Object.fromEntries(response.headers);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'content-length': '17',
      'x-model-name': 'sum',
      'x-model-version': '1',
      'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      'server-timing': expect.stringMatching(
        /^parse;dur=\d+\.\d+, queue;dur=\d+\.\d+, infer;dur=\d+\.\d+, encode;dur=\d+\.\d+$/,
      ),
    });
    expect(keepAlive).toBe('timeout=75');
  });

  it('echoes a request id, and makes one where it is not acceptable', async () => {
    const ask = async (id: string) => {
      const response = await running.post('/predict', { features: [1, 2, 3, 4] }, { 'x-request-id': id });
      return response.headers.get('x-request-id');
    };
    expect(await ask('trace-1/2')).toBe('trace-1/2');
    expect(await ask('two words')).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(ODD_NAMES)(
    'finds the model %j by its encoded name, and names it in a header',
    async (name, header) => {
      const path = `/models/${encodeURIComponent(name)}`;
      const response = await running.post(`${path}/predict`, { features: [1, 2, 3, 4] });
      expect(await response.json()).toEqual({ prediction: 10 });
      expect(response.headers.get('x-model-name')).toBe(header);
      const status = await fetch(running.url + path);
      expect(await status.json()).toMatchObject({ name, registeredName: name });
    },
  );

  it('keeps 64-bit integers exact both ways', async () => {
    const response = await running.post(
      '/models/long/predict',
      '{"features":[[9007199254740993],[-9223372036854775808],[9223372036854775807],[3.0]]}',
    );
    expect(await response.text()).toBe(
      '{"predictions":[{"prediction":9007199254740993},{"prediction":-9223372036854775808},' +
        '{"prediction":9223372036854775807},{"prediction":3}]}',
    );
  });

  it('writes a number that is not finite as null, and counts it', async () => {
    const series = 'switchyard_nonfinite_predictions_total{model="root",version="1"}';
    const response = await running.post('/models/root/predict', { features: [[4], [-1], [-2]] });
    expect(await response.json()).toEqual({
      predictions: [{ prediction: 2 }, { prediction: null }, { prediction: null }],
    });
    expect(await running.metric(series)).toBe(2);
  });

  it('takes gzip and deflate, any media type, and a byte order mark', async () => {
    const { gzipSync, deflateSync } = await import('node:zlib');
    const body = Buffer.from('\ufeff{"features":[1,2,3,4]}');
    const headers = [
      { 'content-encoding': 'gzip' },
      { 'content-encoding': 'deflate' },
      { 'content-type': 'x/y' },
    ];
    const bodies = [gzipSync(body), deflateSync(body), body];
    for (const [index, header] of headers.entries()) {
      const response = await running.post('/predict', new Uint8Array(bodies[index]!), header as never);
      expect(await response.json()).toEqual({ prediction: 10 });
    }
  });

  it('names the version and its run', async () => {
    const response = await running.post('/models/iris/predict?probabilities=all', {
      features: { petal_width: 2.5, petal_length: 6, sepal_width: 3.3, sepal_length: 6.3 },
    });
    expect(response.headers.get('x-model-version')).toBe('1');
    expect(response.headers.get('x-model-run-id')).toBe('4f2a');
    expect(Object.keys(((await response.json()) as { probabilities: object }).probabilities)).toEqual([
      '0',
      '1',
      '2',
    ]);
  });
});
