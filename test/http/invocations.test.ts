import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../src/protocols/mlflow/npy-array.ts';
import { FIXTURES, type RunningGateway, runGateway, temporaryFolder } from '../running-gateway.ts';

interface Expected {
  readonly inputs: { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] };
}

interface Recorded {
  readonly predictions: readonly unknown[];
}

const VERSIONS = ['iris/1', 'breast-cancer/1', 'diabetes/1', 'titanic-like/1', 'digits/1'];
const routeOf = (version: string, form: string) => `${version.replace('/', '-')}-${form}`;

const inputsOf = (version: string): Expected['inputs'] =>
  JSON.parse(readFileSync(join(FIXTURES, version, 'expected.json'), 'utf8')).inputs;

async function score(route: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await post(`/models/${route}/invocations`, body, {
    'content-type': 'application/json',
    ...headers,
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return { text, headers: response.headers };
}

async function predictionsOf(route: string, body: unknown, headers?: Record<string, string>) {
  return (JSON.parse((await score(route, body, headers)).text) as Recorded).predictions;
}

/** Posts JSON unless the headers say otherwise. */
function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return running.post(path, body, { 'content-type': 'application/json', ...headers });
}

const csvCell = (cell: unknown) => (cell === null ? '' : String(cell));

describe.each(VERSIONS)('POST /models/{model}/invocations for the fixture %s', (version) => {
  const { columns, rows } = inputsOf(version);
  const asObject = (row: readonly unknown[]) =>
    Object.fromEntries(columns.map((name, at) => [name, row[at]]));
  const backwards = [...columns].reverse();
  const forms: Readonly<Record<string, unknown>> = {
    dataframe_split: { dataframe_split: { columns, data: rows } },
    'dataframe_split in another order': {
      dataframe_split: { columns: backwards, data: rows.map((row) => [...row].reverse()) },
    },
    dataframe_records: { dataframe_records: rows.map(asObject) },
    instances: { instances: rows.map(asObject) },
    inputs: { inputs: Object.fromEntries(columns.map((name, at) => [name, rows.map((row) => row[at])])) },
    'inputs as lists': { inputs: rows },
  };
  const lines = rows.map((row) => row.map(csvCell).join(',')).join('\n');

  it('answers every form with what /predict says', async () => {
    const { predictions: own } = (await (
      await post(`/models/${routeOf(version, 'predictions')}/predict`, { features: rows })
    ).json()) as { predictions: readonly { prediction: unknown }[] };
    const expected = own.map(({ prediction }) => prediction);
    for (const [name, body] of Object.entries(forms)) {
      expect(await predictionsOf(routeOf(version, 'predictions'), body), name).toEqual(expected);
    }
    for (const [type, body] of [
      ['text/csv', `${columns.join(',')}\n${lines}\n`],
      ['text/csv', lines],
      ['application/jsonlines', rows.map((row) => JSON.stringify(row)).join('\n')],
    ] as const) {
      expect(await predictionsOf(routeOf(version, 'predictions'), body, { 'content-type': type })).toEqual(
        expected,
      );
    }
  });

  it('answers with a record a row, as the ONNX flavour', async () => {
    const records = (await predictionsOf(
      routeOf(version, 'default'),
      forms.dataframe_split,
    )) as readonly Record<string, unknown>[];
    expect(records).toHaveLength(rows.length);
    const predictions = await predictionsOf(routeOf(version, 'predictions'), forms.dataframe_split);
    records.forEach((record, row) => {
      const [label, scores, ...more] = Object.values(record);
      expect(more).toEqual([]);
      expect(label).toBe(predictions[row]);
      if (version === 'diabetes/1') expect(scores).toBeUndefined();
      else expect(scores).toSatisfy((list) => Array.isArray(list) && list.every(Number.isFinite));
    });
  });

  it('answers with the same as lines of CSV, JSON lines and a NumPy array', async () => {
    const route = routeOf(version, 'predictions');
    const expected = await predictionsOf(route, forms.inputs);
    const csv = await score(route, forms.inputs, { accept: 'text/csv' });
    expect(csv.headers.get('content-type')).toBe('text/csv');
    expect(csv.text).toBe(expected.map((entry) => `${entry}\n`).join(''));
    const jsonLines = await score(route, forms.inputs, { accept: 'application/jsonlines' });
    expect(jsonLines.text).toBe(expected.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    const npy = await post(`/models/${route}/invocations`, forms.inputs, {
      accept: 'application/x-npy',
    });
    expect(npy.headers.get('content-type')).toBe('application/x-npy');
    const bytes = new Uint8Array(await npy.arrayBuffer());
    if (typeof expected[0] === 'string')
      expect(Buffer.from(bytes).toString('latin1')).toContain("'descr': '<U");
    else expect(readNpy(bytes, null).data.map(Number)).toEqual(expected);
  });
});

describe('POST /invocations', () => {
  const row = [5.1, 3.5, 1.4, 0.2];

  it('asks the default model, and names who answered', async () => {
    const response = await post('/invocations', { inputs: [row] });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-model-name')).toBe('iris');
    expect(response.headers.get('x-model-version')).toBe('1');
    expect(response.headers.get('server-timing')).toMatch(/^parse;dur=.*, queue;dur=.*, infer;dur=/);
    expect(
      await running.metric(
        'switchyard_request_duration_seconds_count{model="iris-1-default",version="1",protocol="mlflow",code="200"}',
      ),
    ).toBeGreaterThan(0);
  });

  it('asks the model and version that the custom attributes name, and sends them back', async () => {
    const ask = (attributes: string, path = '/invocations') =>
      post(path, { inputs: [row] }, { 'x-amzn-sagemaker-custom-attributes': attributes });
    const named = await ask('tfs-model-name=iris-2,tfs-method=predict,trace=7');
    expect(named.headers.get('x-model-version')).toBe('2');
    expect(named.headers.get('x-amzn-sagemaker-custom-attributes')).toBe(
      'tfs-model-name=iris-2,tfs-method=predict,trace=7',
    );
    expect((await ask('model=iris-2;version=2')).headers.get('x-model-version')).toBe('2');
    expect((await ask('model=iris-2;version=9')).status).toBe(404);
    expect((await ask('model=nobody')).status).toBe(404);
    expect((await ask('model=iris-2', '/models/iris-1-default/invocations')).status).toBe(400);
    expect((await ask('tfs-method=classify')).status).toBe(501);
    expect(
      await running.metric(
        'switchyard_request_duration_seconds_count{model="iris-2",version="",protocol="mlflow",code="404"}',
      ),
    ).toBe(1);
  });

  it('answers zero rows with none, in every form', async () => {
    const columns = inputsOf('iris/1').columns;
    for (const body of [
      { dataframe_split: { columns, data: [] } },
      { dataframe_records: [] },
      { instances: [] },
      { inputs: [] },
      [],
    ]) {
      const response = await post('/invocations', body);
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('{"predictions":[]}');
    }
  });

  it.each([
    ['{', 'application/json', 400, 'BAD_REQUEST'],
    ['{"inputs":[["secret-value",1,2,3]]}', 'application/json', 400, 'INVALID_PARAMETER_VALUE'],
    ['a=b', 'application/x-www-form-urlencoded', 415, 'BAD_REQUEST'],
    [new Uint8Array([0x22, 0xff, 0x22]), 'application/json', 400, 'BAD_REQUEST'],
  ])('refuses %j in the shape of MLflow, without its values', async (body, type, status, word) => {
    const response = await post('/invocations', body, { 'content-type': type });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    const text = await response.text();
    const error = JSON.parse(text) as Record<string, unknown>;
    expect(error.error_code).toBe(word);
    expect(error.message).toBe(error.error);
    expect(text).not.toContain('secret-value');
  });

  it('refuses unknown models and other methods in the same shape', async () => {
    const unknown = await post('/models/nobody/invocations', { inputs: [row] });
    expect(unknown.status).toBe(404);
    expect(((await unknown.json()) as { error_code: string }).error_code).toBe('RESOURCE_DOES_NOT_EXIST');
    for (const path of ['/invocations', '/models/iris-2/invocations']) {
      const get = await fetch(running.url + path);
      expect(get.status).toBe(405);
      expect(get.headers.get('allow')).toBe('POST');
      expect(((await get.json()) as { error_code: string }).error_code).toBe('BAD_REQUEST');
    }
  });

  it('answers bodies and answers that are large the same', async () => {
    const rows = Array.from({ length: 60_000 }, (_, at) => [5.1 + (at % 7) / 10, 3.5, 1.4, 0.2 + (at % 3)]);
    const inFrame = { dataframe_split: { columns: inputsOf('iris/1').columns, data: rows } };
    expect(JSON.stringify(inFrame).length).toBeGreaterThan(2 ** 20);
    const all = await predictionsOf('iris-1-default', inFrame);
    expect(all).toHaveLength(rows.length);
    expect(all.slice(0, 100)).toEqual(await predictionsOf('iris-1-default', { inputs: rows.slice(0, 100) }));
    const csv = rows
      .map((cells) => `${cells.join(',')}\n`)
      .join('')
      .repeat(2);
    const labels = await score('iris-1-default', csv, { 'content-type': 'text/csv', accept: 'text/csv' });
    expect(labels.text.split('\n')).toHaveLength(2 * rows.length + 1);
  });
});

describe('a Parquet body', () => {
  it('is read on a thread of its own, however small it is', async () => {
    const file = readFileSync(join(FIXTURES, '../test/fixtures/parquet/typed.parquet'));
    const type = { 'content-type': 'application/vnd.apache.parquet' };
    const refused = await post('/invocations', new Uint8Array(file), type);
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { message: string }).message).toContain(
      'column "sepal_length" is missing',
    );
    const broken = await post('/invocations', new Uint8Array(file).fill(0xff, 100, 200), type);
    expect(broken.status).toBe(400);
  });
});

describe('the Open Inference Protocol on /invocations', () => {
  const tensor = { name: 'X', shape: [1, 4], datatype: 'FP32' };
  const data = [5.1, 3.5, 1.4, 0.2];

  it('is known by its inputs, and answered as under /v2', async () => {
    const body = { id: '7', inputs: [{ ...tensor, data }] };
    const answered = await post('/invocations', body);
    expect(answered.status).toBe(200);
    const expected = await post('/v2/models/iris-1-default/infer', body);
    expect(await answered.json()).toEqual(await expected.json());
    const named = await post('/invocations', body, {
      'x-amzn-sagemaker-custom-attributes': 'model=iris-2,version=2',
    });
    expect(await named.json()).toMatchObject({ model_name: 'iris-2', model_version: '2', id: '7' });
    expect(named.headers.get('x-amzn-sagemaker-custom-attributes')).toBe('model=iris-2,version=2');
  });

  it('says in the content type where the JSON of a body with binary tensors ends, both ways', async () => {
    const json = JSON.stringify({
      inputs: [{ ...tensor, parameters: { binary_data_size: 16 } }],
      parameters: { binary_data_output: true },
    });
    const bytes = Buffer.concat([Buffer.from(json), Buffer.from(Float32Array.from(data).buffer)]);
    for (const platform of ['sagemaker', 'vertex-ai']) {
      const type = `application/vnd.${platform}-triton.binary+json`;
      const answered = await post('/models/iris-1-default/invocations', new Uint8Array(bytes), {
        'content-type': `${type};json-header-size=${json.length}`,
      });
      expect(answered.status).toBe(200);
      const [answeredType, size] = answered.headers.get('content-type')!.split(';json-header-size=');
      expect(answeredType).toBe(type);
      const body = Buffer.from(await answered.arrayBuffer());
      const head = JSON.parse(body.toString('utf8', 0, Number(size))) as { outputs: { name: string }[] };
      expect(head.outputs.map(({ name }) => name)).toEqual(['output_label', 'output_probability']);
      expect(body.readBigInt64LE(Number(size))).toBe(0n);
      expect(body.readFloatLE(Number(size) + 8)).toBeCloseTo(1, 5);
    }
  });

  it('is not seen in rows that only look a little like it', async () => {
    const refused = await post('/invocations', { inputs: [{ name: 'a', shape: 'b' }] });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('INVALID_PARAMETER_VALUE');
  });

  it('refuses in a shape that its clients read, too', async () => {
    const refused = await post('/invocations', { inputs: [{ ...tensor, data: [1] }] });
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { error: string }).error).toContain('"X"');
  });
});

describe('the probes of MLflow and SageMaker', () => {
  it('answer as MLflow’s server', async () => {
    const ping = await fetch(`${running.url}/ping`);
    expect(ping.status).toBe(200);
    expect(await ping.text()).toBe('\n');
    const version = await fetch(`${running.url}/version`);
    expect(await version.text()).toBe(
      JSON.parse(readFileSync(join(FIXTURES, '../package.json'), 'utf8')).version,
    );
  });

  it('say 503 while nothing serves', async () => {
    const empty = await temporaryFolder();
    await using gateway = await runGateway({ SWITCHYARD_REGISTRY_DIR: empty });
    await gateway.gateway.firstPoll;
    const ping = await fetch(`${gateway.url}/ping`);
    expect(ping.status).toBe(503);
    expect(((await ping.json()) as { error_code: string }).error_code).toBe('TEMPORARILY_UNAVAILABLE');
  });
});

let running: RunningGateway;

beforeAll(async () => {
  const models: unknown[] = [{ uri: 'models:/iris/2', route: 'iris-2' }];
  for (const version of VERSIONS) {
    models.push({ uri: `models:/${version}`, route: routeOf(version, 'default') });
    models.push({
      uri: `models:/${version}`,
      route: routeOf(version, 'predictions'),
      invocations: 'predictions',
    });
  }
  const file = join(await temporaryFolder(), 'switchyard.yaml');
  await writeFile(file, JSON.stringify({ models, defaultModel: 'iris-1-default' }));
  running = await runGateway({ SWITCHYARD_CONFIG: file });
  await running.ready();
}, 60_000);

afterAll(() => running[Symbol.asyncDispose]());
