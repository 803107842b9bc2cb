import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tensorTypeOfDatatype } from '../../src/protocols/tensors/datatypes.ts';
import { bytesOfTensor, numbersOfBytes, textsOfBytes } from '../../src/protocols/tensors/tensor-bytes.ts';
import { FIXTURES, type RunningGateway, runGateway } from '../running-gateway.ts';

interface Expected {
  readonly inputs: { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] };
  readonly onnxruntime: {
    readonly values?: readonly number[];
    readonly labels?: readonly (number | string)[];
    readonly probabilities?: readonly (readonly number[])[];
  };
}

interface Description {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

interface Output extends Description {
  readonly data: readonly (number | string)[];
  readonly parameters?: { readonly binary_data_size: number };
}

const VERSIONS = ['iris/1', 'breast-cancer/1', 'diabetes/1', 'titanic-like/1', 'digits/1'];
const JSON_LENGTH = 'inference-header-content-length';

/** What the same graph may differ by between Python's onnxruntime and ours (contract section 9). */
const TOLERANCE = 1e-6;

function expectedOf(version: string): Expected {
  return JSON.parse(readFileSync(join(FIXTURES, version, 'expected.json'), 'utf8'));
}

function close(actual: readonly unknown[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, at) => {
    const difference = Math.abs((actual[at] as number) - value);
    expect(difference).toBeLessThanOrEqual(TOLERANCE * Math.max(1, Math.abs(value)));
  });
}

/** The values of the rows for each of the graph's inputs: one for each column, or all columns in one. */
function tensorsFor(inputs: readonly Description[], { columns, rows }: Expected['inputs']) {
  const takesAll = inputs.length === 1;
  return inputs.map(({ name, datatype }) => {
    const position = columns.indexOf(name);
    const values = takesAll ? rows.flat() : rows.map((row) => row[position]);
    return { name, datatype, shape: [rows.length, takesAll ? columns.length : 1], values };
  });
}

/** A body with all inputs as bytes behind the JSON, and its JSON's length. */
function binaryBody(tensors: ReturnType<typeof tensorsFor>, more: object) {
  const blobs = tensors.map(({ datatype, values }) => {
    const numbers = values.map((value) => (value === null ? Number.NaN : value));
    if (datatype === 'BYTES') return bytesOfTensor({ data: values as string[] });
    if (datatype === 'INT64') return bytesOfTensor({ data: BigInt64Array.from(values as number[], BigInt) });
    return bytesOfTensor({ data: Float32Array.from(numbers as number[]) });
  });
  const inputs = tensors.map(({ values: _, ...tensor }, index) => ({
    ...tensor,
    parameters: { binary_data_size: blobs[index]!.byteLength },
  }));
  const json = Buffer.from(JSON.stringify({ ...more, inputs }));
  return { body: Buffer.concat([json, ...blobs]), jsonLength: String(json.byteLength) };
}

async function binaryOutputs(response: Response): Promise<readonly Output[]> {
  const whole = new Uint8Array(await response.arrayBuffer());
  const length = Number(response.headers.get(JSON_LENGTH));
  const { outputs } = JSON.parse(Buffer.from(whole.subarray(0, length)).toString()) as { outputs: Output[] };
  let at = length;
  return outputs.map((output) => {
    const size = output.parameters!.binary_data_size;
    const bytes = whole.subarray(at, at + size);
    at += size;
    const type = tensorTypeOfDatatype(output.datatype)!;
    const count = output.shape.reduce((product, dim) => product * dim, 1);
    const data = type === 'string' ? textsOfBytes(bytes, count) : numbersOfBytes(type, bytes);
    return {
      ...output,
      data: Array.from(data as unknown as readonly number[], (value) =>
        typeof value === 'bigint' ? Number(value) : value,
      ),
    };
  });
}

function expectAnswers(outputs: readonly Output[], { onnxruntime }: Expected): void {
  const { values, labels, probabilities } = onnxruntime;
  if (values !== undefined) {
    expect(outputs).toHaveLength(1);
    close(outputs[0]!.data, values);
    return;
  }
  expect(outputs.map(({ shape }) => shape)).toEqual([
    [labels!.length],
    [labels!.length, probabilities![0]!.length],
  ]);
  expect(outputs[0]!.data).toEqual(labels);
  close(outputs[1]!.data, probabilities!.flat());
}

describe.each(VERSIONS)('the Open Inference Protocol for the fixture %s', (version) => {
  const [name, number] = version.split('/');
  const expected = expectedOf(version);
  const path = `/v2/models/${name}`;
  const describeModel = async () => {
    const metadata = await (await fetch(running.url + path)).json();
    return metadata as { readonly inputs: Description[]; readonly outputs: Description[] };
  };

  it('answers tensors in JSON, flat and nested, as onnxruntime does', async () => {
    const { inputs } = await describeModel();
    for (const isNested of [false, true]) {
      const tensors = tensorsFor(inputs, expected.inputs).map(({ values, ...tensor }) => {
        const width = tensor.shape[1]!;
        const rows = expected.inputs.rows.map((_, row) => values.slice(row * width, (row + 1) * width));
        return { ...tensor, data: isNested ? rows : values };
      });
      const response = await running.post(`${path}/infer`, { id: 'a', inputs: tensors });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(response.headers.get('x-model-version')).toBe(number);
      expect(response.headers.get('server-timing')).toContain('infer;dur=');
      const answer = (await response.json()) as { readonly outputs: Output[] };
      expect(answer).toMatchObject({ model_name: name, model_version: number, id: 'a' });
      expectAnswers(answer.outputs, expected);
    }
  });

  it.each(['plain', 'gzip', 'deflate'])('answers binary tensors the same (%s)', async (encoding) => {
    const { inputs } = await describeModel();
    const more = { parameters: { binary_data_output: true } };
    const { body, jsonLength } = binaryBody(tensorsFor(inputs, expected.inputs), more);
    const headers: Record<string, string> = { [JSON_LENGTH]: jsonLength };
    if (encoding !== 'plain') headers['content-encoding'] = encoding;
    const pack = { plain: (bytes: Buffer) => bytes, gzip: gzipSync, deflate: deflateSync }[encoding]!;
    const response = await running.post(`${path}/infer`, new Uint8Array(pack(body)), headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expectAnswers(await binaryOutputs(response), expected);
  });

  it('answers a tensor for each column, and zero rows', async () => {
    const { outputs, inputs } = await describeModel();
    const { columns, rows } = expected.inputs;
    const byColumn = (taken: readonly (readonly unknown[])[]) =>
      columns.map((column, at) => {
        const datatype = inputs.find((input) => input.name === column)?.datatype ?? 'FP64';
        return { name: column, datatype, shape: [taken.length], data: taken.map((row) => row[at]) };
      });
    const response = await running.post(`${path}/infer`, { inputs: byColumn(rows) });
    const none = await running.post(`${path}/versions/${number}/infer`, { inputs: byColumn([]) });
    const answer = (await none.json()) as { readonly outputs: Output[] };
    expect([response.status, none.status]).toEqual([200, 200]);
    expectAnswers(((await response.json()) as { readonly outputs: Output[] }).outputs, expected);
    expect(answer.outputs.map(({ shape, data }) => [shape, data])).toEqual(
      outputs.map(({ shape }) => [[0, ...shape.slice(1)], []]),
    );
  });
});

describe('the Open Inference Protocol', () => {
  const iris = { inputs: [{ name: 'input-0', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };
  const get = (path: string, headers: Record<string, string> = {}) => fetch(running.url + path, { headers });

  it('tells what the server is, that it lives, and what it serves', async () => {
    const server = await (await get('/v2')).json();
    expect(server).toMatchObject({ name: 'switchyard', version: expect.any(String) });
    expect(await (await get('/v2/')).json()).toEqual(server);
    expect(await (await get('/v2/health/live')).json()).toEqual({ live: true });
    expect(await (await get('/v2/health/ready')).json()).toEqual({ ready: true });
    expect(await (await get('/v2/models')).json()).toEqual({
      models: VERSIONS.map((version) => version.split('/')[0]).toSorted(),
    });
    for (const path of ['/v2/models/iris', '/v2/models/iris/versions/1']) {
      expect(await (await get(path)).json()).toEqual({
        name: 'iris',
        versions: ['1'],
        platform: 'onnxruntime_onnx',
        inputs: [{ name: 'float_input', datatype: 'FP32', shape: [-1, 4] }],
        outputs: [
          { name: 'output_label', datatype: 'INT64', shape: [-1] },
          { name: 'output_probability', datatype: 'FP32', shape: [-1, 3] },
        ],
        properties: { task: 'classifier', labels: '["0","1","2"]' },
      });
      expect(await (await get(`${path}/ready`)).json()).toEqual({ name: 'iris', ready: true });
    }
  });

  it.each([
    ['GET', '/v2/models/none', 404, 'MODEL_NOT_FOUND'],
    ['GET', '/v2/models/none/ready', 404, 'MODEL_NOT_FOUND'],
    ['GET', '/v2/models/iris/versions/9', 404, 'VERSION_NOT_FOUND'],
    ['GET', '/v2/models/iris/versions/2/ready', 503, 'MODEL_NOT_READY'],
    ['POST', '/v2/models/iris/versions/2/infer', 503, 'MODEL_NOT_READY'],
    ['POST', '/v2/models/iris/versions/one/infer', 404, 'VERSION_NOT_FOUND'],
    ['POST', '/v2/models/iris/infer', 400, 'INVALID_INPUT'],
    ['POST', '/v2/models/iris', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/v2/models/iris/infer', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/v2/nothing', 404, 'ROUTE_NOT_FOUND'],
  ])('refuses %s %s in its shape (%i)', async (method, path, status, code) => {
    const response = await fetch(running.url + path, { method, ...(method === 'POST' && { body: '{}' }) });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.has('retry-after')).toBe(status === 503);
    expect(await response.json()).toMatchObject({ error: expect.any(String), code });
  });

  it('takes a body of any content type or none, and one that says that all of it is JSON', async () => {
    const body = new TextEncoder().encode(JSON.stringify(iris));
    const length = String(body.byteLength);
    for (const headers of [{}, { 'content-type': 'application/octet-stream' }, { [JSON_LENGTH]: length }]) {
      const response = await running.post('/v2/models/iris/infer', body, headers as Record<string, string>);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ id: response.headers.get('x-request-id') });
    }
  });

  it('takes the bytes of the only input without any JSON', async () => {
    const bytes = new Uint8Array(Float32Array.of(5.1, 3.5, 1.4, 0.2).buffer);
    const response = await running.post('/v2/models/iris/infer', bytes, { [JSON_LENGTH]: '0' });
    expect((await binaryOutputs(response))[0]).toMatchObject({ name: 'output_label', data: [0] });
  });

  it('packs answers of inference, and nothing else, where that is asked for', async () => {
    const many = { ...iris, inputs: [{ ...iris.inputs[0], shape: [100, 4], data: new Array(400).fill(1) }] };
    for (const encoding of ['gzip', 'deflate'] as const) {
      const response = await rawBytes('/v2/models/iris/infer', JSON.stringify(many), encoding);
      expect(response.encoding).toBe(encoding);
      const text = (encoding === 'gzip' ? gunzipSync : inflateSync)(response.bytes).toString();
      expect(JSON.parse(text).outputs[0].shape).toEqual([100]);
    }
    const several = await rawBytes('/v2/models/iris/infer', JSON.stringify(many), 'gzip, deflate, br');
    expect(several.encoding).toBeUndefined();
    expect(
      (await get('/v2/models/titanic-like', { 'accept-encoding': 'gzip' })).headers.has('content-encoding'),
    ).toBe(false);
  });

  it('refuses a small body that unpacks to a large one, and other encodings', async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(65 * 2 ** 20, ' ')));
    const refused = await running.post('/v2/models/iris/infer', bomb, { 'content-encoding': 'gzip' });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      413,
      'PAYLOAD_TOO_LARGE',
    ]);
    const other = await running.post('/v2/models/iris/infer', iris, { 'content-encoding': 'br' });
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
  });

  it('classifies with the labels of the model', async () => {
    const outputs = [{ name: 'output_probability', parameters: { classification: 1 } }];
    const response = await running.post('/v2/models/titanic-like/infer', {
      inputs: tensorsFor(
        ((await (await get('/v2/models/titanic-like')).json()) as { inputs: Description[] }).inputs,
        {
          ...expectedOf('titanic-like/1').inputs,
          rows: expectedOf('titanic-like/1').inputs.rows.slice(0, 2),
        },
      ).map(({ values, ...tensor }) => ({ ...tensor, data: values })),
      outputs,
    });
    const answer = (await response.json()) as { readonly outputs: Output[] };
    expect(answer.outputs[0]).toMatchObject({ name: 'output_probability', datatype: 'BYTES', shape: [2, 1] });
    const labels = answer.outputs[0]!.data.map((text) => String(text).split(':')[2]);
    expect(labels).toEqual(expectedOf('titanic-like/1').onnxruntime.labels!.slice(0, 2));
  });

  it('gives up a request whose own time-out has passed', async () => {
    const response = await running.post('/v2/models/iris/infer', { ...iris, parameters: { timeout: 1 } });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const patient = { ...iris, parameters: { timeout: 10_000_000 } };
    expect((await running.post('/v2/models/iris/infer', patient)).status).toBe(200);
  });

  it('answers a large body and a large answer as it does small ones', async () => {
    const rows = 90_000;
    const data = Array.from({ length: rows }, (_, row) => [5.1 + (row % 7), 3.5, 1.4, 0.25]);
    const large = { inputs: [{ ...iris.inputs[0], shape: [rows, 4], data }] };
    const response = await running.post('/v2/models/iris/infer', large);
    const answer = (await response.json()) as { readonly outputs: Output[] };
    const tensors = [{ name: 'X', datatype: 'FP32', shape: [rows, 4], values: data.flat() }];
    const { body, jsonLength } = binaryBody(tensors, { parameters: { binary_data_output: true } });
    const binary = await running.post('/v2/models/iris/infer', new Uint8Array(body), {
      [JSON_LENGTH]: jsonLength,
    });
    const outputs = await binaryOutputs(binary);
    expect(outputs.map((output) => output.data)).toEqual(answer.outputs.map((output) => output.data));
    expect(outputs[1]!.shape).toEqual([rows, 3]);
  });
});

/** As `fetch`, but what comes is not unpacked. */
async function rawBytes(path: string, body: string, acceptEncoding: string) {
  const { request } = await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<{
    bytes: Buffer;
    encoding: string | undefined;
  }>();
  const sent = request(running.url + path, {
    method: 'POST',
    headers: { 'accept-encoding': acceptEncoding },
  });
  sent.on('error', reject).on('response', async (response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    resolve({ bytes: Buffer.concat(chunks), encoding: response.headers['content-encoding'] });
  });
  sent.end(body);
  return promise;
}

let running: RunningGateway;

beforeAll(async () => {
  running = await runGateway();
  await running.ready();
});

afterAll(() => running[Symbol.asyncDispose]());
