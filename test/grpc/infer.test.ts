import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningGateway, runGateway } from '../running-gateway.ts';
import { GrpcTestClient } from './grpc-client.ts';

const ROW = [5.1, 3.5, 1.4, 0.2];
const raw = (values: readonly number[]) => Buffer.from(new Float32Array(values).buffer);

describe('inference.GRPCInferenceService', () => {
  let running: RunningGateway;
  let client: GrpcTestClient;
  let input: string;
  let outputs: readonly { readonly name: string; readonly datatype: string }[];

  beforeAll(async () => {
    running = await runGateway({ SWITCHYARD_GRPC_PORT: '0' });
    await running.serving('iris', 'titanic-like');
    client = new GrpcTestClient(running.gateway.grpcAddress!);
    const { value } = await client.call('ModelMetadata', { name: 'iris' });
    input = value.inputs[0].name;
    outputs = value.outputs;
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await running[Symbol.asyncDispose]();
  });

  const tensor = (more: object = {}) => ({ name: input, datatype: 'FP32', shape: ['1', '4'], ...more });
  const infer = (request: object, metadata = {}, options = {}) =>
    client.call('ModelInfer', { model_name: 'iris', inputs: [tensor()], ...request }, metadata, options);
  const rawRequest = { raw_input_contents: [raw(ROW)] };

  it('answers bytes with bytes, the same numbers as over HTTP', async () => {
    const { value, metadata } = await infer({ ...rawRequest, id: '7' }, { 'x-request-id': 'mine' });
    expect(value).toMatchObject({ model_name: 'iris', model_version: '1', id: '7' });
    expect(value.outputs.map(({ name }: { name: string }) => name)).toEqual(outputs.map(({ name }) => name));
    expect(value.raw_output_contents[0].readBigInt64LE()).toBe(0n);
    const scores: Buffer = value.raw_output_contents[1];
    const response = await running.post('/predict?probabilities=all', { features: ROW });
    const { probabilities } = (await response.json()) as { probabilities: Record<string, number> };
    const given = [0, 4, 8].map((at) => scores.readFloatLE(at));
    expect(given).toEqual(Object.values(probabilities));
    expect(metadata.get('x-model-name')).toEqual(['iris']);
    expect(metadata.get('x-request-id')).toEqual(['mine']);
  });

  it('answers typed contents with typed contents', async () => {
    const { value } = await infer({ inputs: [tensor({ contents: { fp32_contents: ROW } })] });
    expect(value.raw_output_contents).toEqual([]);
    expect(value.outputs[0].contents.int64_contents).toEqual(['0']);
    expect(value.outputs[1].contents.fp32_contents).toHaveLength(3);
  });

  it('answers only the outputs that are asked for, and the greatest classes', async () => {
    const wanted = [{ name: outputs[1]!.name, parameters: { classification: { int64_param: '2' } } }];
    const { value } = await infer({ ...rawRequest, outputs: wanted });
    expect(value.outputs).toMatchObject([{ datatype: 'BYTES', shape: ['1', '2'] }]);
    expect(value.raw_output_contents[0].toString('utf8', 4)).toMatch(/^\d\.\d{6}:0:0/);
  });

  it('takes texts, typed and as bytes', async () => {
    const { value } = await client.call('ModelMetadata', { name: 'titanic-like' });
    const typed = {
      INT64: { int64_contents: ['1'] },
      BYTES: { bytes_contents: [Buffer.from('S')] },
      FP32: { fp32_contents: [30] },
      FP64: { fp64_contents: [30] },
    } as Record<string, object>;
    const inputs = value.inputs.map(({ name, datatype }: { name: string; datatype: string }) => ({
      name,
      datatype,
      shape: ['1', '1'],
      contents: typed[datatype],
    }));
    const answer = await client.call('ModelInfer', { model_name: 'titanic-like', inputs });
    expect(['died', 'survived']).toContain(answer.value.outputs[0].contents.bytes_contents[0].toString());
  });

  it.each([
    ['an unknown model', { ...rawRequest, model_name: 'rose' }, status.NOT_FOUND, 'rose'],
    ['an unknown version', { ...rawRequest, model_version: '99' }, status.NOT_FOUND, '99'],
    ['no inputs', { inputs: [] }, status.INVALID_ARGUMENT, 'no inputs'],
    [
      'bytes and contents',
      { ...rawRequest, inputs: [tensor({ contents: { fp32_contents: ROW } })] },
      status.INVALID_ARGUMENT,
      'for all inputs or for none',
    ],
    [
      'too few bytes',
      { raw_input_contents: [raw([1, 2])] },
      status.INVALID_ARGUMENT,
      'takes 16 bytes, got 8',
    ],
    [
      'more bytes than inputs',
      { raw_input_contents: [raw(ROW), raw(ROW)] },
      status.INVALID_ARGUMENT,
      '2 raw',
    ],
    [
      'the wrong field',
      { inputs: [tensor({ contents: { int_contents: [1, 2, 3, 4] } })] },
      status.INVALID_ARGUMENT,
      '"fp32_contents"',
    ],
    [
      'a negative dimension',
      { ...rawRequest, inputs: [tensor({ shape: ['-1', '4'] })] },
      status.INVALID_ARGUMENT,
      'integers of at least 0',
    ],
    [
      'an output that is not there',
      { ...rawRequest, outputs: [{ name: 'lable' }] },
      status.INVALID_ARGUMENT,
      'has no output "lable"',
    ],
    [
      'shared memory',
      { inputs: [tensor({ parameters: { shared_memory_region: { string_param: 'x' } } })] },
      status.UNIMPLEMENTED,
      'shared memory is not offered',
    ],
  ])('refuses %s', async (_, request, code, details) => {
    await expect(infer(request)).rejects.toMatchObject({ code, details: expect.stringContaining(details) });
  });

  it('refuses at once what the client does not wait for', async () => {
    const deadline = new Date(Date.now() - 1);
    await expect(infer(rawRequest, {}, { deadline })).rejects.toMatchObject({
      code: status.DEADLINE_EXCEEDED,
    });
  });

  it('answers a stream in its order, errors among the answers', async () => {
    const stream = client.stream('ModelStreamInfer');
    // biome-ignore lint/suspicious/noExplicitAny: whatever comes
    const answers: any[] = [];
    stream.on('data', (answer) => answers.push(answer));
    for (let index = 0; index < 100; index++) {
      const request = index === 50 ? { model_name: 'rose' } : { model_name: 'iris' };
      stream.write({ inputs: [tensor()], ...rawRequest, id: String(index), ...request });
    }
    stream.end();
    await once(stream, 'end');
    expect(answers).toHaveLength(100);
    expect(answers[50].error_message).toMatch(/rose/);
    const ids = answers
      .filter((_, index) => index !== 50)
      .map(({ infer_response }) => Number(infer_response.id));
    expect(ids).toEqual(Array.from({ length: 100 }, (_, index) => index).filter((index) => index !== 50));
  });

  it('ends a stream with a status for clients that ask for one', async () => {
    const stream = client.stream('ModelStreamInfer', { triton_grpc_error: 'true' });
    stream.on('data', () => {});
    stream.write({ model_name: 'rose', inputs: [tensor()], ...rawRequest });
    const [error] = await once(stream, 'error');
    expect(error).toMatchObject({ code: status.NOT_FOUND });
  });

  it('tells what HTTP tells', async () => {
    expect((await client.call('ServerLive', {})).value).toEqual({ live: true });
    expect((await client.call('ServerReady', {})).value).toEqual({ ready: true });
    expect((await client.call('ModelReady', { name: 'iris' })).value).toEqual({ ready: true });
    expect((await client.call('ServerMetadata', {})).value).toMatchObject({ name: 'switchyard' });
    await expect(client.call('ModelReady', { name: 'rose' })).rejects.toMatchObject({
      code: status.NOT_FOUND,
    });
    const { value } = await client.call('ModelMetadata', { name: 'iris', version: '1' });
    expect(value).toMatchObject({ name: 'iris', versions: ['1'], inputs: [{ shape: ['-1', '4'] }] });
  });

  it('counts under its own name', async () => {
    await infer(rawRequest);
    const series =
      'switchyard_request_duration_seconds_count{model="iris",version="1",protocol="grpc",code="200"}';
    expect(await running.metric(series)).toBeGreaterThan(0);
  });
});
