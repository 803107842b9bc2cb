import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayError } from '../../../src/errors.ts';
import { MlflowClient, type MlflowClientOptions } from '../../../src/registry/mlflow/mlflow-client.ts';
import { type FakeAnswer, FakeMlflowServer, HTML_404 } from './fake-mlflow-server.ts';
import { recorded } from './recorded.ts';

const noAbort = new AbortController().signal;
const ok: FakeAnswer = { status: 200, body: { registered_model: {} } };

describe('MlflowClient', () => {
  let server: FakeMlflowServer;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    server = await FakeMlflowServer.start(() => ok);
  });

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await server.stop();
  });

  const connect = (options: Partial<MlflowClientOptions> = {}) => {
    const client = new MlflowClient({
      uri: server.uri,
      credentials: null,
      tls: { insecure: false, caPath: null, clientCertPath: null },
      requestTimeoutMs: 5_000,
      workspace: null,
      ...options,
    });
    closing.push(() => client.close());
    return client;
  };
  const get = (client: MlflowClient, signal = noAbort) =>
    client.get('registered-models/get', { name: 'iris' }, signal);
  const withUserInfo = (userInfo: string) => server.uri.replace('://', `://${userInfo}@`);

  it('sends names so that every character arrives', async () => {
    const name = 'a b+c&d=e%41#?ü日\'"\\/';
    await connect().get('registered-models/get', { name }, noAbort);
    expect(server.seen[0]?.query).toEqual({ name });
  });

  it.each([
    ['nothing', null, '', undefined],
    [
      'user and password',
      { username: 'ü', password: 'p:w' },
      '',
      `Basic ${Buffer.from('ü:p:w').toString('base64')}`,
    ],
    ['a token', { token: 't0ken' }, '', 'Bearer t0ken'],
    ['the user info of the URI', null, 'me:p%40ss', `Basic ${Buffer.from('me:p@ss').toString('base64')}`],
  ])('authenticates with %s', async (_, credentials, userInfo, expected) => {
    const uri = userInfo === '' ? server.uri : withUserInfo(userInfo);
    const client = connect({ uri, credentials });
    await get(client);
    expect(server.seen[0]?.headers.authorization).toBe(expected);
    expect(client.id).toBe(server.uri);
  });

  it('sends the workspace, no Origin, and no credentials that it has not', async () => {
    await get(connect({ workspace: 'team-a' }));
    expect(server.seen[0]?.headers).toMatchObject({
      'x-mlflow-workspace': 'team-a',
      accept: 'application/json',
    });
    expect(server.seen[0]?.headers).not.toHaveProperty('origin');
  });

  it('keeps the path of the URI', async () => {
    const client = connect({ uri: `${server.uri}/prefix//` });
    await get(client);
    expect(server.seen[0]?.path).toBe('/prefix/api/2.0/mlflow/registered-models/get');
    expect(client.id).toBe(`${server.uri}/prefix`);
  });

  it('works where each answer closes the connection, as 2.22 does', async () => {
    server.handler = () => ({ ...ok, headers: { connection: 'close' } });
    const client = connect();
    expect((await get(client)).ok && (await get(client)).ok).toBe(true);
  });

  it('gives MLflow’s own refusals as answers', async () => {
    server.handler = () => recorded('3.17.2', 'get model, unknown');
    expect(await get(connect())).toMatchObject({
      ok: false,
      status: 404,
      errorCode: 'RESOURCE_DOES_NOT_EXIST',
    });
    server.handler = () => recorded('3.17.2', 'get model as nobody');
    expect(await get(connect())).toEqual({
      ok: false,
      status: 403,
      errorCode: null,
      message: 'Permission denied',
    });
  });

  it.each<[string, FakeAnswer, RegExp]>([
    [
      'an HTML page',
      { status: 200, body: '<html><title>Sign in</title>' },
      /200 with something that is no JSON.*: Sign in$/,
    ],
    ['a list', { status: 200, body: [] }, /no JSON/],
    [
      'a gateway time-out',
      { status: 504, body: '<html>\n<head><title>504 Gateway Time-out</title>' },
      /504: 504 Gateway Time-out$/,
    ],
    [
      'an internal error',
      { status: 500, body: { error_code: 'INTERNAL_ERROR', message: 'a\nb\u001b[2J' } },
      /500: INTERNAL_ERROR: a b \[2J$/,
    ],
    [
      'a server without workspaces',
      recorded('3.17.2', 'workspace header on a server without workspaces'),
      /unset MLFLOW_WORKSPACE/,
    ],
    [
      'a workspace that does not exist',
      {
        status: 404,
        body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: "Workspace 'team' not found" },
      },
      /says "Workspace 'team' not found" \(404\); MLFLOW_WORKSPACE must name a workspace of it/,
    ],
    [
      'a server without the API',
      { status: 404, body: HTML_404 },
      /404 Not Found; if the server runs with --static-prefix/,
    ],
  ])('makes a sentence of %s', async (_, answer, message) => {
    server.handler = () => answer;
    const error = await get(connect({ uri: withUserInfo('me:secret') })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', message: expect.stringMatching(message) });
    expect(String(error)).not.toMatch(/secret|name=/);
  });

  it.each<[string, string, RegExp]>([
    ['half a JSON', '{"registered_model": {"name": "iris"', /200 with JSON that breaks off or is damaged/],
    ['bytes', '\u0000\u0001\ufffd', /200 with bytes that are no text$/],
  ])('says what came in place of an answer: %s', async (_, body, message) => {
    server.handler = () => ({ status: 200, body });
    await expect(get(connect())).rejects.toThrow(message);
  });

  it('asks again on another connection where the first has nothing to say', async () => {
    let requests = 0;
    server.handler = () => {
      requests += 1;
      return requests === 1 ? new Promise(() => {}) : ok;
    };
    expect((await get(connect({ patienceMs: 20 }))).ok).toBe(true);
    expect(requests).toBe(2);
  });

  it('says so where the API answers without the path of the URI', async () => {
    server.handler = ({ path }) => (path.startsWith('/prefix') ? null : { status: 200, body: {} });
    await expect(get(connect({ uri: `${server.uri}/prefix` }))).rejects.toThrow(
      `it does at ${server.uri}/: before 3.12 MLflow keeps its API outside of --static-prefix`,
    );
  });

  it('says which advice helps against 401', async () => {
    server.handler = () => recorded('3.17.2', 'search models as no credentials');
    await expect(get(connect())).rejects.toThrow(
      /asks for credentials \(401\); set MLFLOW_TRACKING_USERNAME/,
    );
    await expect(get(connect({ credentials: { token: 'x' } }))).rejects.toThrow(
      /refuses the token of MLFLOW_TRACKING_TOKEN \(401\); MLflow's own basic-auth takes a user name/,
    );
    await expect(get(connect({ uri: withUserInfo('me:secret') }))).rejects.toThrow(
      /refuses the user name or the password \(401\)/,
    );
  });

  it.each([
    ['400 No required SSL certificate was sent', /MLFLOW_TRACKING_CLIENT_CERT_PATH must name/],
    ['400 The SSL certificate error', /does not take the certificate of MLFLOW_TRACKING_CLIENT_CERT_PATH/],
    ['400 The plain HTTP request was sent to HTTPS port', /the URI must begin with https:/],
  ])('says what to do about nginx’s %s', async (title, message) => {
    server.handler = () => ({ status: 400, body: `<html><head><title>${title}</title></head></html>` });
    await expect(get(connect())).rejects.toThrow(message);
  });

  it.each([
    [429, '17', 17],
    [503, '17', 17],
    [503, undefined, null],
    [429, undefined, null],
  ])('passes on when to come back (%d, Retry-After %s)', async (status, retryAfter, seconds) => {
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    server.handler = () => ({ status, body: 'slow down', headers });
    const expected = { code: 'REGISTRY_UNAVAILABLE', retryAfterSeconds: seconds };
    await expect(get(connect())).rejects.toMatchObject(expected);
  });

  it('understands a date as the time to come back', async () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    server.handler = () => ({ status: 503, body: '', headers: { 'retry-after': date } });
    const { retryAfterSeconds } = (await get(connect()).catch(
      (error: GatewayError) => error,
    )) as GatewayError;
    // The date is in whole seconds, and the test takes some time itself.
    expect(retryAfterSeconds).toBeGreaterThanOrEqual(50);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  it('follows redirects on the same origin, with the credentials', async () => {
    server.handler = ({ path }) =>
      path.startsWith('/new') ? ok : { status: 308, body: '', headers: { location: `/new${path}` } };
    expect((await get(connect({ credentials: { token: 't' } }))).ok).toBe(true);
    expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer t');
  });

  it('never follows a redirect to another origin', async () => {
    const other = await FakeMlflowServer.start(() => ok);
    closing.push(() => other.stop());
    server.handler = () => ({
      status: 302,
      body: '',
      headers: { location: `${other.uri}/login?next=secret` },
    });
    await expect(get(connect({ credentials: { token: 't' } }))).rejects.toThrow(
      `redirects to ${other.uri}/login, which is another origin`,
    );
    expect(other.seen).toEqual([]);
  });

  it('gives up on a circle of redirects', async () => {
    server.handler = ({ path }) => ({ status: 302, body: '', headers: { location: path } });
    await expect(get(connect())).rejects.toThrow(/too often/);
  });

  /** A server that writes what `onRequest` says; `connection` counts from 1. */
  const startRaw = async (onRequest: (socket: Socket, connection: number) => void) => {
    const sockets: Socket[] = [];
    const raw = createServer((socket) => {
      const connection = sockets.push(socket);
      socket.on('data', () => onRequest(socket, connection));
    });
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      raw.close();
    });
    return { uri: `http://127.0.0.1:${(raw.address() as AddressInfo).port}`, sockets };
  };

  it('tries once more when the kept connection was closed in the moment of use', async () => {
    const body = '{"n":1}';
    const { uri, sockets } = await startRaw((socket, connection) => {
      if (connection === 1 && socket.bytesWritten > 0) socket.destroy();
      else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
    const client = connect({ uri });
    await get(client);
    expect(await get(client)).toEqual({ ok: true, body: { n: 1 } });
    expect(sockets).toHaveLength(2);
  });

  it('says that nobody listens', async () => {
    const { uri } = server;
    const client = connect({ uri: withUserInfo('me:secret') });
    await server.stop();
    await expect(get(client)).rejects.toThrow(
      `cannot reach MLflow at ${uri}/api/2.0/mlflow/registered-models/get: nobody listens there (connect ECONNREFUSED`,
    );
  });

  it.each([
    ['before an answer', ''],
    ['within a body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half":'],
  ])('gives up after the time-out, %s', async (_, text) => {
    const { uri } = await startRaw((socket) => socket.write(text));
    await expect(get(connect({ uri, requestTimeoutMs: 40 }))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('no answer within 40 ms'),
    });
  });

  it('rejects with the reason of the signal while it waits', async () => {
    const controller = new AbortController();
    const reason = new Error('stop');
    server.handler = () => {
      controller.abort(reason);
      return new Promise(() => {});
    };
    await expect(get(connect(), controller.signal)).rejects.toBe(reason);
  });

  it('takes no more than its bound of an answer', async () => {
    const huge = 'x'.repeat(65 * 1024 * 1024);
    server.handler = () => ({ status: 200, body: huge });
    await expect(get(connect())).rejects.toThrow(/more than 67108864 bytes/);
  });

  it('refuses other URIs than http and certificate files that it cannot read', () => {
    expect(() => connect({ uri: 'sqlite:///x' })).toThrow(/http\(s\)/);
    const tls = { insecure: false, caPath: '/nowhere/ca.pem', clientCertPath: null };
    expect(() => connect({ tls })).toThrow(/cannot read the certificate file "\/nowhere\/ca\.pem"/);
  });
});
