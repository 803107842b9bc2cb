import { Buffer } from 'node:buffer';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { createHttpFolderSource } from '../../../src/artifacts/http/http-folder-source.ts';
import { describeArtifactSource, readAll } from '../../contracts/artifact-source-contract.ts';
import { type HttpServer, startHttpServer } from '../../fakes/http-server.ts';
import { answerRangedFile } from '../../fakes/ranged-file.ts';

describeArtifactSource({
  name: 'http folder',
  canList: false,
  canResume: true,
  async start(files) {
    const server = await startHttpServer((request, response) => {
      const content = files.get(decodeURIComponent(request.url!.slice('/models/iris/'.length)));
      if (content === undefined) response.writeHead(404).end('Not Found');
      else answerRangedFile(request, response, content);
    });
    const source = createHttpFolderSource({ allowedOrigins: [server.origin], trustedOrigin: null });
    return {
      source,
      location: `${server.origin}/models/iris/`,
      forbiddenLocation: 'http://127.0.0.1:9/models/iris',
      async close() {
        await source.close();
        await server.close();
      },
    };
  },
});

describe('createHttpFolderSource', () => {
  const { signal } = new AbortController();
  const open: { close(): Promise<void> }[] = [];
  const credentials = { kind: 'basic', username: 'ann', password: 'pä:ss' } as const;

  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  async function server(answer: Parameters<typeof startHttpServer>[0]): Promise<HttpServer> {
    const started = await startHttpServer(answer);
    open.push(started);
    return started;
  }

  function source(options: Parameters<typeof createHttpFolderSource>[0]) {
    const created = createHttpFolderSource(options);
    open.push(created);
    return created;
  }

  it('sends the query of the location along, and neither user info nor fragment', async () => {
    const files = await server((_request, response) => response.end('x'));
    const http = source({ allowedOrigins: [files.origin], trustedOrigin: null });
    const location = `${files.origin.replace('//', '//user:secret@')}/m?sig=1%2F2#part`;
    await readAll(await http.open({ location: location, path: 'data/model.onnx' }, signal));
    expect(files.requests[0]!.url).toBe('/m/data/model.onnx?sig=1%2F2');
    expect(files.requests[0]!.headers.authorization).toBeUndefined();
  });

  it('gives credentials to the trusted origin only, also across redirects', async () => {
    const other = await server((_request, response) => response.end('from the other'));
    const registry = await server((_request, response) =>
      response.writeHead(302, { location: `${other.origin}/elsewhere` }).end(),
    );
    const http = source({
      allowedOrigins: [registry.origin, other.origin],
      trustedOrigin: registry.origin,
      credentials,
      headers: { 'x-mlflow-workspace': 'team' },
    });
    const content = await readAll(await http.open({ location: `${registry.origin}/m`, path: 'f' }, signal));
    expect(content.toString()).toBe('from the other');
    const expected = `Basic ${Buffer.from('ann:pä:ss').toString('base64')}`;
    expect(registry.requests[0]!.headers).toMatchObject({
      authorization: expected,
      'x-mlflow-workspace': 'team',
    });
    expect(other.requests[0]!.headers.authorization).toBeUndefined();
    expect(other.requests[0]!.headers['x-mlflow-workspace']).toBeUndefined();
  });

  it('does not follow a redirect to an origin that is not listed', async () => {
    const hidden = await server((_request, response) => response.end('secret'));
    const front = await server((_request, response) =>
      response.writeHead(307, { location: `${hidden.origin}/x?token=t` }).end(),
    );
    const http = source({ allowedOrigins: [front.origin], trustedOrigin: null });
    await expect(http.open({ location: `${front.origin}/m`, path: 'f' }, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_FORBIDDEN',
      message: `"${front.origin}/m/f" redirects to "${hidden.origin}", which is not followed: add "${hidden.origin}" to SWITCHYARD_ARTIFACT_ORIGINS to allow it`,
    });
    expect(hidden.requests).toHaveLength(0);
  });

  it('gives up after five redirects', async () => {
    const loop = await server((_request, response) => response.writeHead(302, { location: '/again' }).end());
    const http = source({ allowedOrigins: [loop.origin], trustedOrigin: null });
    await expect(http.open({ location: `${loop.origin}/m`, path: 'f' }, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
    });
    expect(loop.requests).toHaveLength(6);
  });

  it.each([
    ['with a Content-Length', { 'content-length': 1_000 }],
    ['in chunks', {}],
  ])('throws when a body %s breaks off', async (_how, headers) => {
    const files = await server((_request, response) => {
      response.writeHead(200, headers);
      response.write('only the beginning', () => response.destroy());
    });
    const http = source({ allowedOrigins: [files.origin], trustedOrigin: null });
    await expect(
      http.open({ location: `${files.origin}/m`, path: 'f' }, signal).then(readAll),
    ).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
      message: expect.stringContaining('broke off'),
    });
  });

  it('aborts a body that stalls', async () => {
    const files = await server((_request, response) => {
      response.writeHead(200);
      response.write('only the beginning');
    });
    const http = source({ allowedOrigins: [files.origin], trustedOrigin: null, bodyTimeoutMs: 50 });
    await expect(
      http.open({ location: `${files.origin}/m`, path: 'f' }, signal).then(readAll),
    ).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
    });
  });

  it.each([
    [401, {}, 'ARTIFACT_FORBIDDEN'],
    [403, {}, 'ARTIFACT_FORBIDDEN'],
    [404, {}, 'ARTIFACT_INVALID'],
    [500, {}, 'ARTIFACT_UNAVAILABLE'],
    [429, { 'retry-after': '7' }, 'ARTIFACT_UNAVAILABLE'],
    [206, {}, 'ARTIFACT_UNAVAILABLE'],
  ])('turns status %i into %o %s', async (status, headers, code) => {
    const files = await server((_request, response) => response.writeHead(status, headers).end('why\n not'));
    const http = source({ allowedOrigins: [files.origin], trustedOrigin: null });
    await expect(
      http.open({ location: `${files.origin}/m?token=secret`, path: 'f' }, signal),
    ).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`"${files.origin}/m/f" answered ${status}: why not`),
      retryAfterSeconds: status === 429 ? 7 : null,
    });
  });

  it('gives hints about MLflow for the MLflow server only', async () => {
    const files = await server((_request, response) => response.writeHead(401).end('no'));
    const registry = source({ allowedOrigins: [files.origin], trustedOrigin: files.origin });
    const request = { location: `${files.origin}/m`, path: 'f' };
    await expect(registry.open(request, signal)).rejects.toThrow(/check MLFLOW_TRACKING_USERNAME/);
    const other = source({ allowedOrigins: [files.origin], trustedOrigin: null });
    await expect(other.open(request, signal)).rejects.toThrow(/answered 401: no$/);
  });

  it('repeats of what a store says in XML neither keys nor signatures', async () => {
    const xml =
      '<?xml version="1.0"?><Error><AWSAccessKeyId>AKIDHUSH</AWSAccessKeyId><Code>SignatureDoesNotMatch</Code>' +
      '<StringToSign>AWS4-HMAC-SHA256 hush</StringToSign><Message>The signature\n differs</Message></Error>';
    const files = await server((_request, response) => response.writeHead(403).end(xml));
    const http = source({ allowedOrigins: [files.origin], trustedOrigin: null });
    await expect(http.open({ location: `${files.origin}/m`, path: 'f' }, signal)).rejects.toThrow(
      /answered 403: SignatureDoesNotMatch The signature differs$/,
    );
  });

  it.each([
    ['with a Content-Length', 'Content-Length: 500000', (body: string) => body],
    ['in chunks', 'Transfer-Encoding: chunked', (body: string) => `7a120\r\n${body}\r\n0\r\n\r\n`],
  ])(
    'reads slowly what a server sends %s before it closes, as gunicorn does',
    async (_how, header, framed) => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => {
          socket.write(`HTTP/1.1 200 OK\r\n${header}\r\nConnection: close\r\n\r\n`);
          socket.end(framed('x'.repeat(500_000)));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const http = source({ allowedOrigins: [origin], trustedOrigin: null });
      const { chunks } = await http.open({ location: `${origin}/m`, path: 'f' }, signal);
      let bytes = 0;
      for await (const chunk of chunks) {
        // Meanwhile the rest and the end of the connection arrive. undici 7 died of that, uncaught.
        if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 100));
        bytes += chunk.byteLength;
      }
      expect(bytes).toBe(500_000);
    },
  );

  it('survives HTML error pages and aborts of bodies that nobody reads', async () => {
    const files = await server((request, response) => {
      response.writeHead(request.url === '/m/page' ? 500 : 200, {
        'content-type': 'text/html; charset=utf-8',
      });
      if (request.url === '/m/page') response.end('<!doctype html>');
      else response.write('x'.repeat(1_000_000));
    });
    const http = source({ allowedOrigins: [files.origin], trustedOrigin: null });
    await expect(http.open({ location: `${files.origin}/m`, path: 'page' }, signal)).rejects.toMatchObject({
      message: `"${files.origin}/m/page" answered 500`,
    });
    const controller = new AbortController();
    await http.open({ location: `${files.origin}/m`, path: 'unread' }, controller.signal);
    controller.abort(new Error('left'));
    // An unhandled 'error' event would fail the run one turn later.
    await new Promise(setImmediate);
  });

  it('says ARTIFACT_UNAVAILABLE when nobody answers', async () => {
    const gone = await startHttpServer(() => {});
    await gone.close();
    const http = source({ allowedOrigins: [gone.origin], trustedOrigin: null });
    await expect(http.open({ location: `${gone.origin}/m`, path: 'f' }, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
