import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningGateway, runGateway } from '../running-gateway.ts';

const ROW = [5.1, 3.5, 1.4, 0.2];
const OTHER = [6.7, 3.0, 5.2, 2.3];
const NAMED = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
const PASSENGER = { passenger_class: 3, sex: 'male', age: 30, siblings: 0, fare: 8, embarked: 'S' };
const VERTEX = '/v1/endpoints/12/deployedModels/34';

describe('TensorFlow Serving and KServe V1', () => {
  let running: RunningGateway;
  let input: string;
  let outputs: readonly string[];

  beforeAll(async () => {
    running = await runGateway({
      AIP_PREDICT_ROUTE: `${VERTEX}:predict`,
      AIP_HEALTH_ROUTE: VERTEX,
      SWITCHYARD_MODELS: 'models:/*/Production',
    });
    await running.serving('iris', 'titanic-like', 'diabetes');
    const { inputs, outputs: specs } = running.gateway.service.status('iris');
    input = inputs![0]!.name;
    outputs = specs!.map(({ name }) => name);
  }, 60_000);
  afterAll(() => running[Symbol.asyncDispose]());

  const post = async (path: string, body: unknown) => {
    const response = await running.post(path, body, { 'content-type': 'application/json' });
    return { status: response.status, body: JSON.parse(await response.text()), headers: response.headers };
  };
  const get = async (path: string) => {
    const response = await fetch(running.url + path);
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const iris = (body: unknown) => post('/v1/models/iris:predict', body);
  type Entries = readonly Readonly<Record<string, unknown>>[];
  /** What `/invocations` answers, which was logged with the ONNX flavour: every output. */
  const entries = async (...rows: readonly unknown[]): Promise<Entries> =>
    (await post('/invocations', { instances: rows })).body.predictions;
  const byOutput = (given: Entries) =>
    Object.fromEntries(outputs.map((name) => [name, given.map((entry) => entry[name])]));

  it('answers rows by position, by column, and by the input of the graph', async () => {
    const expected = { predictions: await entries(ROW, OTHER) };
    expect(Object.keys(expected.predictions[0]!)).toEqual(outputs);
    expect((await iris({ instances: [ROW, OTHER], signature_name: 'serving_default' })).body).toEqual(
      expected,
    );
    expect((await iris({ instances: [NAMED] })).body.predictions).toEqual(expected.predictions.slice(0, 1));
    expect((await iris({ instances: [{ [input]: ROW }, { [input]: OTHER }] })).body).toEqual(expected);
  });

  it('answers columns with outputs', async () => {
    expect((await iris({ inputs: [ROW, OTHER] })).body).toEqual({
      outputs: byOutput(await entries(ROW, OTHER)),
    });
    expect((await iris({ inputs: { [input]: [ROW] } })).body).toEqual({
      outputs: byOutput(await entries(ROW)),
    });
    const columns = Object.fromEntries(Object.entries(NAMED).map(([name, value]) => [name, [value]]));
    expect((await iris({ inputs: columns })).body).toEqual({ outputs: byOutput(await entries(ROW)) });
  });

  it('takes text as it is and as base64', async () => {
    const { body: plain } = await post('/models/titanic-like/invocations', { instances: [PASSENGER] });
    const [entry] = plain.predictions;
    const encoded = { ...PASSENGER, sex: { b64: Buffer.from('male').toString('base64') } };
    const { body } = await post('/v1/models/titanic-like:predict', { instances: [PASSENGER, encoded] });
    expect(body).toEqual({ predictions: [entry, entry] });
    const columns = Object.fromEntries(Object.entries(encoded).map(([name, value]) => [name, [value]]));
    const { outputs: given } = (await post('/v1/models/titanic-like:predict', { inputs: columns })).body;
    for (const [name, values] of Object.entries(given)) expect(values).toEqual([entry[name]]);
  });

  it('answers versions and labels', async () => {
    for (const path of ['versions/1', 'labels/Production', 'labels/production', 'labels/latest']) {
      const { status, headers } = await post(`/v1/models/diabetes/${path}:predict`, {
        instances: [Array(10).fill(0)],
      });
      expect([path, status, headers.get('x-model-version')]).toEqual([path, 200, '1']);
    }
    expect((await post('/v1/models/iris/versions/99:predict', { instances: [ROW] })).status).toBe(404);
    expect((await post('/v1/models/iris/labels/nobody:predict', { instances: [ROW] })).status).toBe(404);
  });

  it('tells status and metadata', async () => {
    expect((await get('/v1/models')).body.models).toEqual(expect.arrayContaining(['iris', 'diabetes']));
    const status = {
      name: 'iris',
      ready: true,
      model_version_status: [
        { version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
      ],
    };
    for (const path of ['', '/versions/1', '/labels/Production'])
      expect((await get(`/v1/models/iris${path}`)).body).toEqual(status);
    const { body } = await get('/v1/models/iris/metadata');
    expect(body.model_spec).toEqual({ name: 'iris', signature_name: '', version: '1' });
    const { inputs } = body.metadata.signature_def.signature_def.serving_default;
    expect(inputs[input]).toMatchObject({
      dtype: 'DT_FLOAT',
      tensor_shape: { dim: [{ size: '-1' }, { size: '4' }] },
    });
    expect(Object.keys(body.metadata.signature_def.signature_def.serving_default.outputs)).toEqual(outputs);
    expect((await get('/v1/models/rose')).status).toBe(404);
  });

  it.each(['classify', 'regress', 'explain'])('says that :%s is not offered', async (verb) => {
    const { status, body } = await post(`/v1/models/iris:${verb}`, {});
    expect([status, body.error]).toEqual([501, expect.stringContaining(':predict')]);
  });

  it.each<[string, unknown, string]>([
    ['nothing', {}, 'neither "instances" nor "inputs"'],
    ['both', { instances: [ROW], inputs: [ROW] }, 'both "instances" and "inputs"'],
    ['no rows', { instances: [] }, 'at least one'],
    ['a list', [ROW], 'must be an object'],
    ['ragged rows', { instances: [ROW, [1]] }, '4'],
    ['ragged columns', { inputs: [ROW, [1]] }, 'different lengths'],
    ['an unknown column', { instances: [{ ...NAMED, petal: 1 }] }, 'petal'],
    ['other keys in another row', { instances: [{ X: ROW }, NAMED] }, ''],
    ['text for a number', { instances: [['a', 'b', 'c', 'd']] }, 'sepal_length'],
  ])('refuses %s', async (_, request, message) => {
    const { status, body } = await iris(request);
    expect(status).toBe(400);
    expect(body.error).toContain(message);
  });

  it('refuses other methods and unknown paths in its own shape', async () => {
    expect(await get('/v1/models/iris:predict')).toMatchObject({
      status: 405,
      body: { error: expect.any(String) },
    });
    expect(await get('/v1/nothing')).toMatchObject({ status: 404, body: { error: expect.any(String) } });
  });

  it('has the routes that Vertex AI names', async () => {
    const { body } = await post(`${VERTEX}:predict`, { instances: [ROW, OTHER], parameters: { a: 1 } });
    expect(body).toEqual({ predictions: await entries(ROW, OTHER) });
    expect((await get(VERTEX)).status).toBe(200);
  });
});

describe('the routes of Vertex AI', () => {
  it('may be paths of other protocols, which then are not reached', async () => {
    await using running = await runGateway({ AIP_PREDICT_ROUTE: '/predict', AIP_HEALTH_ROUTE: '/health' });
    await running.ready();
    const response = await running.post('/predict', { instances: [ROW] });
    expect(await response.json()).toMatchObject({ predictions: [{ output_label: 0 }] });
    expect((await fetch(`${running.url}/health`)).status).toBe(200);
  });
});
