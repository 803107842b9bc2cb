import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { Admission } from '../../src/http/admission.ts';
import { BodyReader } from '../../src/http/body-reader.ts';
import { callOfContext, toResponse } from '../../src/http/model-call.ts';
import { createModelHandler } from '../../src/http/model-handler.ts';
import { RequestDeadlines } from '../../src/http/request-deadlines.ts';
import { RouteTable } from '../../src/http/route-table.ts';
import { PhaseHolder } from '../../src/http/serving-phase.ts';
import type { ModelService } from '../../src/lifecycle/model-service.ts';
import type { AnswerRecord, RequestRecorder } from '../../src/observability/request-recorder.ts';
import type { ModelAnswer, ModelRequest, ModelRoute, Protocol } from '../../src/protocols/protocol.ts';
import { MemoryLog } from '../fakes/memory-log.ts';

const ANSWER: ModelAnswer = {
  contentType: 'application/x-test',
  body: 'fine',
  timings: { parseMs: 1, queueMs: 0.25, inferMs: 2.5, encodeMs: 0.125 },
  nonFinite: 3,
};

describe('createModelHandler', () => {
  let log: MemoryLog;
  let phase: PhaseHolder;
  let admission: Admission;
  let bodies: BodyReader;
  let records: AnswerRecord[];
  let rejected: string[];
  let handle: (request: ModelRequest) => Promise<ModelAnswer>;
  let app: ReturnType<RouteTable['finish']>;

  beforeEach(() => {
    log = new MemoryLog();
    phase = new PhaseHolder();
    admission = new Admission(1);
    bodies = new BodyReader({ maxBodyBytes: 100, bodyTimeoutMs: 1_000, maxBufferedBytes: 100 });
    records = [];
    rejected = [];
    const version = { name: 'the model', version: '7', runId: 'run 1' };
    const service = {
      lease: () => ({ route: 'flowers', lease: { servable: { version } } }),
      leaseVersion: (_route: string | null, number: string) =>
        number === '6'
          ? { route: 'flowers', lease: { servable: { version: { ...version, version: '6' } } } }
          : null,
      findVersion: async () => '5',
      configuredRoute: (route: string | null) => (route === 'flowers' ? 'flowers' : ''),
    };
    const route: ModelRoute = {
      method: 'POST',
      path: '/test/:model',
      handle: (request) => handle(request),
    };
    const protocol: Protocol = {
      name: 'test',
      routes: [route],
      infoRoutes: [],
      prefixes: [],
      errorBody: ({ code, message }, status, requestId) => ({
        contentType: 'application/x-test-error',
        body: `${status} ${code} ${message} ${requestId}`,
      }),
    };
    const routes = new RouteTable(phase, log);
    const handler = createModelHandler(protocol, route, {
      service: service as unknown as ModelService,
      bodies,
      admission,
      phase,
      recorder: { record: (answer: AnswerRecord) => records.push(answer) } as unknown as RequestRecorder,
      onRejected: (reason) => rejected.push(reason),
      log,
      deadlines: new RequestDeadlines(1_000),
    });
    routes.addRaw('POST', route.path, async (context) => toResponse(await handler(callOfContext(context))));
    app = routes.finish();
  });

  afterEach(() => {
    bodies.close();
    vi.useRealTimers();
  });

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    app.request(path, { method: 'POST', body, headers: { 'x-request-id': 'id-1', ...headers } });

  it('gives the protocol what it needs, and nothing of the connection', async () => {
    let seen: ModelRequest | null = null;
    handle = async (request) => {
      seen = request;
      return ANSWER;
    };
    await post('/test/a%2Fb?probabilities=all', 'the body', { 'content-type': 'Text/Plain; charset=utf-8' });
    const request = seen as unknown as ModelRequest;
    expect(request.model).toBe('a/b');
    expect(Buffer.from(request.body).toString()).toBe('the body');
    expect(request.mediaType).toBe('text/plain');
    expect([request.query('probabilities'), request.query('other')]).toEqual(['all', null]);
    expect(request.deadline.reason).toBeNull();
  });

  it('gives a protocol the version that it asks for, and says so in headers and metrics', async () => {
    handle = async (request) => {
      await request.leaseChosen({ kind: 'version', version: '6' });
      return { ...ANSWER, headers: ['x-more', 'yes'] };
    };
    const response = await post('/test/flowers', '');
    expect([response.headers.get('x-model-version'), response.headers.get('x-more')]).toEqual(['6', 'yes']);
    expect(records).toMatchObject([{ model: 'flowers', version: '6' }]);
  });

  it('refuses a version that is not loaded', async () => {
    handle = async (request) => {
      await request.leaseChosen({ kind: 'version', version: '5' });
      return ANSWER;
    };
    const response = await post('/test/flowers', '');
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch('MODEL_NOT_READY version "5" is not loaded');
  });

  it('fills headers and metrics from what happened', async () => {
    handle = async (request) => {
      request.lease();
      return ANSWER;
    };
    const response = await post('/test/flowers', '');
    expect(await response.text()).toBe('fine');
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/x-test',
      'x-model-name': 'the%20model',
      'x-model-version': '7',
      'x-model-run-id': 'run%201',
      'x-request-id': 'id-1',
      'server-timing': 'parse;dur=1.000, queue;dur=0.250, infer;dur=2.500, encode;dur=0.125',
    });
    expect(records).toEqual([
      {
        model: 'flowers',
        version: '7',
        protocol: 'test',
        status: 200,
        totalMs: expect.any(Number),
        timings: ANSWER.timings,
        nonFinite: 3,
      },
    ]);
    expect(admission.inFlight).toBe(0);
  });

  it('answers errors in the shape of the protocol, naming the version once it is chosen', async () => {
    handle = async (request) => {
      request.lease();
      throw new GatewayError('INVALID_INPUT', 'no such column');
    };
    const response = await post('/test/flowers', '');
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/x-test-error');
    expect(response.headers.get('x-model-version')).toBe('7');
    expect(await response.text()).toBe('400 INVALID_INPUT no such column id-1');
    expect(records).toEqual([
      expect.objectContaining({ model: 'flowers', version: '7', status: 400, timings: null, nonFinite: 0 }),
    ]);
    expect(admission.inFlight).toBe(0);
  });

  it('keeps a fault of ours out of the answer, and logs it', async () => {
    handle = async () => {
      throw new Error('secret inner state');
    };
    const response = await post('/test/unknown', '');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(records).toEqual([expect.objectContaining({ model: '', version: '', status: 500 })]);
    expect(log.lines).toEqual([
      expect.objectContaining({
        level: 'error',
        fields: {
          requestId: 'id-1',
          code: 'INTERNAL',
          model: null,
          version: null,
          err: new Error('secret inner state'),
        },
      }),
    ]);
  });

  it('closes connections while the stop is announced, and refuses once it drains', async () => {
    handle = async () => ANSWER;
    phase.advance('announcing');
    const announced = await post('/test/flowers', '');
    expect([announced.status, announced.headers.get('connection')]).toEqual([200, 'close']);
    phase.advance('draining');
    await admission.close(0);
    const refused = await post('/test/flowers', '');
    expect([refused.status, refused.headers.get('connection')]).toEqual([503, 'close']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(rejected).toEqual(['SHUTTING_DOWN']);
  });

  it('counts refusals by reason, and takes no permit for a body that is too large', async () => {
    handle = async () => ANSWER;
    expect((await post('/test/flowers', 'x'.repeat(101))).status).toBe(413);
    admission.enter();
    expect((await post('/test/flowers', '')).status).toBe(429);
    expect(rejected).toEqual(['PAYLOAD_TOO_LARGE', 'MODEL_OVERLOADED']);
    expect(admission.inFlight).toBe(1);
  });

  it('closes the connection of a client that has not sent its whole body when the deadline passes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    const body = new ReadableStream({ start: (sender) => sender.enqueue(Buffer.from('{')) });
    const answering = app.request('/test/flowers', { method: 'POST', body, duplex: 'half' } as RequestInit);
    await turn();
    vi.advanceTimersByTime(1_001);
    const { status, headers } = await answering;
    expect([status, headers.get('connection')]).toEqual([504, 'close']);
  });
});
