import { rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGraph, slowGraph, unsupportedOpsetGraph } from '../fakes/hostile-models.ts';
import { FLOAT, graph, INT64, model, node, tensor, tensorInfo } from '../fakes/onnx-builder.ts';
import { type RunningGateway, runGateway, temporaryFolder, writeVersion } from '../running-gateway.ts';

/** Loads, and fails at run time where `X` is not below 4. */
function gatherGraph(): Uint8Array {
  const parts = {
    nodes: [node('Gather', { inputs: ['table', 'X'], outputs: ['variable'] })],
    inputs: [tensorInfo('X', INT64, [-1, 1])],
    outputs: [tensorInfo('variable', FLOAT, [-1, 1])],
    initializers: [tensor('table', FLOAT, [4], new Float32Array(4))],
  };
  return model(graph('gather', parts));
}

/** A value that must not come back in any answer. */
const CANARY = '271828182';
const MAX_BODY_BYTES = 10_000;

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
}

describe('a refused model request', () => {
  let registry: string;
  let running: RunningGateway;

  beforeAll(async () => {
    registry = await temporaryFolder();
    await writeVersion(registry, 'sum', 1, addGraph());
    await writeVersion(registry, 'slow', 1, slowGraph(60));
    await writeVersion(registry, 'gather', 1, gatherGraph());
    await writeVersion(registry, 'broken', 1, unsupportedOpsetGraph());
    running = await runGateway({
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_MODELS: 'models:/*/Production,missing=models:/nowhere/Production,other=models:/nowhere/1',
      SWITCHYARD_MAX_BODY_BYTES: String(MAX_BODY_BYTES),
      SWITCHYARD_MAX_CONCURRENT_REQUESTS: '2',
      SWITCHYARD_REQUEST_TIMEOUT_MS: '10',
      SWITCHYARD_LOG_LEVEL: 'debug',
    });
    await running.serving('sum', 'slow', 'gather');
    await running.until(() => running.gateway.service.status('broken').lastError !== null);
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
  });

  const expectProblem = async (response: Response, status: number, code: string): Promise<Problem> => {
    const text = await response.text();
    expect(text).not.toContain(CANARY);
    expect(text).not.toMatch(/\bat .*:\d+:\d+|node_modules|\.ts\b/);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = JSON.parse(text);
    expect([response.status, problem.code]).toEqual([status, code]);
    expect(problem).toEqual({
      type: 'about:blank',
      title: expect.stringMatching(/^[A-Z][a-z ]+$/),
      status,
      detail: expect.any(String),
      code,
      requestId: response.headers.get('x-request-id'),
      errors: expect.any(Array),
    });
    const mayRetry = status === 429 || status === 503;
    expect(/^[1-9]\d*$/.test(response.headers.get('retry-after') ?? '')).toBe(mayRetry);
    return problem;
  };

  it('names every problem of the input at once, by pointer', async () => {
    const response = await running.post('/models/sum/predict', {
      features: [[1, 2, 3], [1, 2, 3, CANARY], { a: 1 }],
      featurs: 1,
    });
    const { errors } = await expectProblem(response, 400, 'INVALID_INPUT');
    expect(errors.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/featurs', '/features/0', '/features/1/3', '/features/2']),
    );
    // The model had been found by then, so the answer names it.
    expect(response.headers.get('x-model-name')).toBe('sum');
  });

  it.each([
    ['no JSON', `{"features": [${CANARY}`],
    ['nothing', ''],
    ['no UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
    ['zero rows', '{"features":[]}'],
    ['a number out of range', '{"features":[1e400,1,1,1]}'],
    ['a null where no NaN is taken', '{"features":["x",1,1,1]}'],
    ['a list of another length', `{"features":[${CANARY}]}`],
    ['a body nested deeply', '['.repeat(4_000)],
    ['no object', `"${CANARY}"`],
  ])('is 400 for %s', async (_, body) => {
    await expectProblem(await running.post('/models/sum/predict', body), 400, 'INVALID_INPUT');
  });

  it('is 400 for an unknown query value', async () => {
    const response = await running.post('/models/sum/predict?probabilities=some', { features: [1, 2, 3, 4] });
    await expectProblem(response, 400, 'INVALID_INPUT');
  });

  it('is 400 where no model is named and there is no default', async () => {
    const problem = await expectProblem(
      await running.post('/predict', { features: [1] }),
      400,
      'MODEL_AMBIGUOUS',
    );
    expect(problem.detail).toContain('"sum"');
    expect(problem.detail).toContain('SWITCHYARD_DEFAULT_MODEL');
  });

  it('is 404 for a model that is not followed, and creates no series for its name', async () => {
    const name = 'no\u0007such-model'.padEnd(200, 'x');
    const response = await running.post(`/models/${encodeURIComponent(name)}/predict`, { features: [1] });
    const { detail } = await expectProblem(response, 404, 'MODEL_NOT_FOUND');
    expect(detail).not.toContain('\u0007');
    expect(detail).not.toContain('x'.repeat(65));
    expect(response.headers.get('x-model-name')).toBeNull();
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).not.toContain('such-model');
    expect(metrics).toContain(
      'switchyard_request_duration_seconds_count{model="",version="",protocol="predict",code="404"}',
    );
  });

  it.each(['broken', 'missing'])('is 503 for the model "%s" that serves nothing', async (name) => {
    const response = await running.post(`/models/${name}/predict`, { features: [1] });
    await expectProblem(response, 503, 'MODEL_NOT_READY');
    const count = `switchyard_request_duration_seconds_count{model="${name}",version="",protocol="predict",code="503"}`;
    expect(await running.metric(count)).toBe(1);
  });

  it('is 413 for a body over the limit, packed or not', async () => {
    const large = `{"features":[${'1,'.repeat(MAX_BODY_BYTES)}1]}`;
    await expectProblem(await running.post('/models/sum/predict', large), 413, 'PAYLOAD_TOO_LARGE');
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(5_000_000)));
    expect(bomb.length).toBeLessThan(MAX_BODY_BYTES);
    const headers = { 'content-encoding': 'gzip' };
    await expectProblem(await running.post('/models/sum/predict', bomb, headers), 413, 'PAYLOAD_TOO_LARGE');
  });

  it('is 415 for another content encoding', async () => {
    const response = await running.post('/models/sum/predict', 'x', { 'content-encoding': 'br' });
    await expectProblem(response, 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('is 504 where the answer takes longer than the request may, and names the version', async () => {
    const response = await running.post('/models/slow/predict', { features: [1, 2, 3, 4] });
    await expectProblem(response, 504, 'DEADLINE_EXCEEDED');
    expect(response.headers.get('x-model-version')).toBe('1');
  });

  it('is 429 at once above the limit of requests in flight', async () => {
    const before = (await running.metric(REJECTED)) ?? 0;
    const responses = await Promise.all(
      Array.from({ length: 6 }, () => running.post('/models/slow/predict', { features: [1, 2, 3, 4] })),
    );
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const response of refused) await expectProblem(response, 429, 'MODEL_OVERLOADED');
    expect(await running.metric(REJECTED)).toBe(before + refused.length);
    expect(await running.metric('switchyard_requests_in_flight')).toBe(0);
  });

  it('is 500 where the run fails, with the cause in the log only', async () => {
    const response = await running.post('/models/gather/predict', { features: [Number(CANARY)] });
    await expectProblem(response, 500, 'INFERENCE_FAILED');
    const logged = running.log.find(({ event }) => event === 'request-failed');
    expect(logged).toMatchObject({
      level: 'error',
      fields: {
        requestId: response.headers.get('x-request-id'),
        code: 'INFERENCE_FAILED',
        model: 'gather',
        version: '1',
        err: expect.any(Error),
      },
    });
  });

  it.each([
    ['GET', '/predict', 405, 'METHOD_NOT_ALLOWED'],
    ['PUT', '/models/sum/predict', 405, 'METHOD_NOT_ALLOWED'],
    ['POST', '/models', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/prediction', 404, 'ROUTE_NOT_FOUND'],
    ['POST', '/models/a/b/predict', 404, 'ROUTE_NOT_FOUND'],
    ['POST', '/predict/', 404, 'ROUTE_NOT_FOUND'],
    ['GET', '/models/nope', 404, 'MODEL_NOT_FOUND'],
    ['GET', '/models/nope/history', 404, 'MODEL_NOT_FOUND'],
    ['GET', '/models/sum/history', 501, 'NOT_IMPLEMENTED'],
  ])('is a problem for %s %s', async (method, path, status, code) => {
    await expectProblem(await fetch(running.url + path, { method }), status, code);
  });
});

const REJECTED = 'switchyard_rejected_requests_total{reason="MODEL_OVERLOADED"}';
