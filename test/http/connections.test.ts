import { rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGraph, slowGraph } from '../fakes/hostile-models.ts';
import { type RunningGateway, runGateway, temporaryFolder, writeVersion } from '../running-gateway.ts';
import { RawConnection } from './raw-connection.ts';

const ROW = '{"features":[1,2,3,4]}';
const MAX_BODY_BYTES = 300_000;
const PATH = '/models/sum/predict';
const IN_FLIGHT = 'switchyard_requests_in_flight';

describe('a connection', () => {
  let registry: string;
  let running: RunningGateway;

  beforeAll(async () => {
    registry = await temporaryFolder();
    await writeVersion(registry, 'sum', 1, addGraph());
    await writeVersion(registry, 'slow', 1, slowGraph(60));
    running = await runGateway({
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_MAX_BODY_BYTES: String(MAX_BODY_BYTES),
      SWITCHYARD_MAX_BUFFERED_BYTES: String(MAX_BODY_BYTES),
      SWITCHYARD_BODY_TIMEOUT_MS: '300',
      SWITCHYARD_LOG_LEVEL: 'debug',
    });
    await running.serving('sum', 'slow');
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await rm(registry, { recursive: true });
  });

  const open = () => RawConnection.open(running.url);

  it('serves one request after the other', async () => {
    using connection = await open();
    for (let time = 0; time < 3; time++) {
      connection.post(PATH, ROW);
      expect(await connection.answer()).toMatchObject({ status: 200, body: '{"prediction":10}' });
    }
  });

  it('answers pipelined requests in order', async () => {
    using connection = await open();
    connection.post('/models/slow/predict', ROW, 'x-request-id: first');
    connection.post(PATH, ROW, 'x-request-id: second');
    connection.post('/models/nope/predict', ROW, 'x-request-id: third');
    const answers = [await connection.answer(), await connection.answer(), await connection.answer()];
    expect(answers.map(({ status, headers }) => [status, headers['x-request-id']])).toEqual([
      [200, 'first'],
      [200, 'second'],
      [404, 'third'],
    ]);
  });

  it('takes a body in chunks', async () => {
    using connection = await open();
    connection.write(`POST ${PATH} HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n`);
    connection.write('c\r\n{"features":\r\n');
    connection.write('a\r\n[1,2,3,4]}\r\n0\r\n\r\n');
    expect(await connection.answer()).toMatchObject({ status: 200, body: '{"prediction":10}' });
  });

  it('says to go on where the client asks first', async () => {
    using connection = await open();
    const head = `POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-length: ${ROW.length}\r\nexpect: 100-continue\r\n\r\n`;
    connection.write(head);
    expect((await connection.answer()).status).toBe(100);
    connection.write(ROW);
    expect((await connection.answer()).status).toBe(200);
  });

  it('refuses an announced length over the limit before any of it has come', async () => {
    using connection = await open();
    connection.write(`POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-length: ${MAX_BODY_BYTES + 1}\r\n\r\n`);
    const { status, body } = await connection.answer();
    expect([status, JSON.parse(body).code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it('refuses chunks over the limit before the last of them has come', async () => {
    using connection = await open();
    connection.write(`POST ${PATH} HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    for (let bytes = 0; bytes <= MAX_BODY_BYTES; bytes += 0x10000) connection.write(chunk);
    expect((await connection.answer()).status).toBe(413);
  });

  it('still takes in the rest of a refused body, so that the client can read why', async () => {
    using connection = await open();
    const large = ' '.repeat(10 * MAX_BODY_BYTES);
    connection.post(PATH, large);
    const { status, headers } = await connection.answer();
    expect(status).toBe(413);
    expect(headers.connection).not.toBe('close');
    connection.post(PATH, ROW);
    expect((await connection.answer()).status).toBe(200);
  });

  it('is closed where a refused body does not end', async () => {
    using connection = await open();
    connection.write(`POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-length: 999999\r\n\r\n`);
    expect((await connection.answer()).status).toBe(413);
    await connection.closed();
  });

  it('gets 408 for a body that does not come in time, and is closed', async () => {
    using connection = await open();
    connection.write(`POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n{`);
    const { status, headers, body } = await connection.answer();
    expect([status, JSON.parse(body).code]).toEqual([408, 'BODY_TIMEOUT']);
    expect(headers.connection).toBe('close');
    await connection.closed();
  });

  it('gets 429 while unfinished bodies hold too much', async () => {
    using hoarder = await open();
    const held = gzipSync(Buffer.alloc(MAX_BODY_BYTES - 1_000)).subarray(0, -8);
    hoarder.write(
      `POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-encoding: gzip\r\ncontent-length: ${held.length + 8}\r\n\r\n`,
    );
    hoarder.write(held);
    using connection = await open();
    const body = ' '.repeat(2_000) + ROW;
    let refused = null;
    while (refused === null) {
      connection.post(PATH, body);
      const answer = await connection.answer();
      if (answer.status !== 200) refused = answer;
    }
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toMatch(/^\d+$/);
    expect(JSON.parse(refused.body).code).toBe('MODEL_OVERLOADED');
    hoarder.socket.destroy();
    let status = 429;
    while (status === 429) {
      connection.post(PATH, body);
      status = (await connection.answer()).status;
    }
    expect(status).toBe(200);
  });

  describe('whose client goes away', () => {
    const gone = () => running.log.filter(({ fields }) => fields.code === 'CLIENT_GONE').length;
    const expectUnharmed = async (before: number) => {
      await running.until(() => gone() > before);
      expect(running.log.filter(({ level }) => level === 'error')).toEqual([]);
      expect(await running.metric(IN_FLIGHT)).toBe(0);
      expect((await running.post(PATH, ROW)).status).toBe(200);
    };

    it('ends in the middle of a body', async () => {
      const before = gone();
      const connection = await open();
      connection.write(`POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-length: 99\r\n\r\n{`);
      connection.socket.destroySoon();
      await expectUnharmed(before);
    });

    it('gives up the request that runs', async () => {
      const before = gone();
      const connection = await open();
      connection.post('/models/slow/predict', ROW);
      while ((await running.metric(IN_FLIGHT)) === 0);
      connection.socket.destroy();
      await expectUnharmed(before);
    });
  });

  it.each([
    [
      'headers over 16 KiB',
      `GET /readyz HTTP/1.1\r\nhost: test\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    ['no HTTP', 'hello there\r\n\r\n', 400],
    ['no host', 'GET /readyz HTTP/1.1\r\n\r\n', 400],
    ['a host that is none', 'GET /readyz HTTP/1.1\r\nhost: a b\r\n\r\n', 400],
    ['a length that is none', `POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-length: many\r\n\r\n`, 400],
    [
      'a length and chunks',
      `POST ${PATH} HTTP/1.1\r\nhost: test\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`,
      400,
    ],
    ['malformed escapes in a name', 'GET /models/%E4%BD%/predict HTTP/1.1\r\nhost: test\r\n\r\n', 405],
    ['a malformed name', 'GET /models/%zz HTTP/1.1\r\nhost: test\r\n\r\n', 404],
    ['an encoded slash', 'GET /models/a%2Fb HTTP/1.1\r\nhost: test\r\n\r\n', 404],
    ['a path upwards', 'GET /models/../../etc/passwd HTTP/1.1\r\nhost: test\r\n\r\n', 404],
    ['an absolute target', 'GET http://test/livez HTTP/1.1\r\nhost: test\r\n\r\n', 200],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nhost: test\r\n\r\n', 400],
    ['TRACE', 'TRACE /livez HTTP/1.1\r\nhost: test\r\n\r\n', 405],
    ['a name of its own for a method', 'PROPFIND /livez HTTP/1.1\r\nhost: test\r\n\r\n', 405],
    ['HTTP/1.0', 'GET /livez HTTP/1.0\r\nhost: test\r\n\r\n', 200],
  ])('survives %s', async (_, request, expected) => {
    using connection = await open();
    connection.write(request);
    expect((await connection.answer()).status).toBe(expected);
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  });
});
