import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningGateway, runGateway } from '../running-gateway.ts';
import { freePort } from './free-port.ts';
import { GrpcTestClient } from './grpc-client.ts';

const PAIRS = resolve(import.meta.dirname, '../fixtures/tls');
const ROW = '{"features":[5.1,3.5,1.4,0.2]}';

interface Answer {
  readonly status: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  let body = '';
  for await (const chunk of stream.setEncoding('utf8')) body += chunk;
  return { status: headers[':status'], headers, body };
}

function send(
  session: ClientHttp2Session,
  method: string,
  path: string,
  body?: string | Buffer,
  headers = {},
) {
  const stream = session.request({ ':method': method, ':path': path, ...headers });
  stream.end(body);
  return answerOf(stream);
}

describe('plain requests over HTTP/2 on the one port', () => {
  let running: RunningGateway;
  let session: ClientHttp2Session;

  beforeAll(async () => {
    const port = await freePort();
    running = await runGateway({
      PORT: port,
      SWITCHYARD_GRPC_PORT: port,
      SWITCHYARD_BODY_TIMEOUT_MS: '300',
      SWITCHYARD_MAX_BODY_BYTES: '2000000',
    });
    await running.ready();
    session = connect(running.url);
  });

  afterAll(async () => {
    session.close();
    await running[Symbol.asyncDispose]();
  });

  it.each([
    ['GET', '/readyz', undefined],
    ['GET', '/ping', undefined],
    ['GET', '/v2/models/iris', undefined],
    ['POST', '/predict', ROW],
    ['POST', '/v1/models/iris:predict', '{"instances":[[5.1,3.5,1.4,0.2]]}'],
    ['POST', '/models/iris/predict?probabilities=all', ROW],
    ['POST', '/predict', '{"features":["x"]}'],
    ['POST', '/predict', ''],
    ['GET', '/predict', undefined],
    ['GET', '/nowhere', undefined],
  ])('has for %s %s the answer of HTTP/1.1', async (method, path, body) => {
    const headers = { 'x-request-id': 'one', 'content-type': 'application/json' };
    const one = await fetch(running.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const two = await send(session, method, path, body, headers);
    expect(two.status).toBe(one.status);
    expect(two.body).toBe(await one.text());
    for (const name of ['content-type', 'x-request-id', 'x-model-name', 'x-model-version', 'allow'])
      expect([name, two.headers[name] ?? null]).toEqual([name, one.headers.get(name)]);
  });

  it('carries gRPC and plain requests on one connection', async () => {
    using client = new GrpcTestClient(running.gateway.grpcAddress!);
    expect((await client.call('Check', {})).value).toEqual({ status: 'SERVING' });
    const grpc = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    grpc.end(Buffer.alloc(5)); // an empty message
    const trailers = once(grpc, 'trailers');
    const [health, predicted] = await Promise.all([answerOf(grpc), send(session, 'POST', '/predict', ROW)]);
    expect([...Buffer.from(health.body)]).toEqual([0, 0, 0, 0, 2, 8, 1]);
    expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' });
    expect(predicted).toMatchObject({ status: 200, body: expect.stringContaining('"prediction":0') });
  });

  it('answers many requests of a connection at once, large bodies among them', async () => {
    const rows = JSON.stringify({ features: Array.from({ length: 60_000 }, () => [5.1, 3.5, 1.4, 0.2]) });
    expect(rows.length).toBeGreaterThan(1024 * 1024);
    const sent = Array.from({ length: 50 }, (_, at) =>
      send(session, 'POST', '/predict', at === 7 ? rows : ROW),
    );
    const answers = await Promise.all(sent);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(JSON.parse(answers[7]!.body).predictions).toHaveLength(60_000);
  });

  it('keeps the limits of bodies', async () => {
    expect((await send(session, 'POST', '/predict', Buffer.alloc(2_000_001, 32))).status).toBe(413);
    const slow = session.request({
      ':method': 'POST',
      ':path': '/predict',
      'content-type': 'application/json',
    });
    slow.write('{"features":');
    expect((await answerOf(slow)).status).toBe(408);
  });

  it('forgets requests whose client goes away', async () => {
    const stream = session.request({ ':method': 'POST', ':path': '/predict' });
    stream.on('error', () => {}); // its own cancellation
    stream.write('{"features":');
    stream.close(constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
    while ((await running.metric('switchyard_requests_in_flight')) !== 0) await new Promise(setImmediate);
    expect((await send(session, 'POST', '/predict', ROW)).status).toBe(200);
  });
});

it('answers over TLS where the client asks for HTTP/2, and ends its connections when it stops', async () => {
  const port = await freePort();
  const running = await runGateway({
    PORT: port,
    SWITCHYARD_GRPC_PORT: port,
    SWITCHYARD_TLS_CERT_FILE: resolve(PAIRS, 'first.crt'),
    SWITCHYARD_TLS_KEY_FILE: resolve(PAIRS, 'first.key'),
    SWITCHYARD_SHUTDOWN_DELAY_MS: '200',
  });
  await running.ready();
  const session = connect(running.url.replace('127.0.0.1', 'localhost'), { rejectUnauthorized: false });
  expect((await send(session, 'POST', '/predict', ROW)).status).toBe(200);
  const warnings: Error[] = [];
  process.on('warning', (warning) => warnings.push(warning));
  const goneAway = once(session, 'goaway');
  const stopped = running[Symbol.asyncDispose]();
  const announced = await send(session, 'GET', '/readyz');
  expect([announced.status, announced.headers.connection]).toEqual([503, undefined]);
  await stopped;
  await goneAway;
  expect(warnings.filter(({ name }) => name === 'UnsupportedWarning')).toEqual([]);
});

it('sends an answer that was begun to its end when it stops', async () => {
  const port = await freePort();
  const running = await runGateway({ PORT: port, SWITCHYARD_GRPC_PORT: port });
  await running.ready();
  const session = connect(running.url);
  const rows = JSON.stringify({ features: Array.from({ length: 60_000 }, () => [5.1, 3.5, 1.4, 0.2]) });
  const stream = session.request({ ':method': 'POST', ':path': '/predict' });
  stream.end(rows);
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  // Nothing is read yet, so that flow control holds most of the answer back.
  let isStopped = false;
  const stopped = running[Symbol.asyncDispose]().then(() => {
    isStopped = true;
  });
  await once(session, 'goaway');
  expect(isStopped).toBe(false);
  let body = '';
  for await (const chunk of stream.setEncoding('utf8')) body += chunk;
  await stopped;
  expect(headers[':status']).toBe(200);
  expect(JSON.parse(body).predictions).toHaveLength(60_000);
});
