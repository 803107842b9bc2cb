import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, it } from 'vitest';
import { createMlflowProxySource } from '../../../src/artifacts/mlflow-proxy/mlflow-proxy-source.ts';
import { describeArtifactSource } from '../../contracts/artifact-source-contract.ts';
import { startHttpServer } from '../../fakes/http-server.ts';
import { API, mlflowArtifactAnswers } from '../../fakes/mlflow-artifact-answers.ts';

for (const version of ['3.17.2', '2.22.5'] as const) {
  for (const form of ['mlflow-artifacts:', 'http:'] as const) {
    describeArtifactSource({
      name: `MLflow ${version} proxy by ${form}`,
      canList: true,
      canResume: version === '3.17.2',
      async start(files) {
        const stored = new Map([...files].map(([path, content]) => [`4/models/a b/${path}`, content]));
        const server = await startHttpServer(mlflowArtifactAnswers(stored, version));
        const source = createMlflowProxySource({ registryUrl: `${server.origin}/prefix/` });
        return {
          source,
          location:
            form === 'http:'
              ? `${server.origin}/prefix${API}/4/models/a%20b`
              : 'mlflow-artifacts:/4/models//a b/',
          forbiddenLocation: 'mlflow-artifacts://127.0.0.1:9/4/models/a b',
          async close() {
            await source.close();
            await server.close();
          },
        };
      },
    });
  }
}

describe('createMlflowProxySource', () => {
  const { signal } = new AbortController();
  const open: { close(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  async function serving(answer: Parameters<typeof startHttpServer>[0]) {
    const server = await startHttpServer(answer);
    const source = createMlflowProxySource({
      registryUrl: server.origin,
      credentials: { kind: 'bearer', token: 'secret-token' },
    });
    open.push(source, server);
    return { server, source };
  }

  function listing(files: unknown): Parameters<typeof startHttpServer>[0] {
    return (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(files));
  }

  it('sends the credentials to the registry and to no other host, allowed or not', async () => {
    const other = await startHttpServer(listing({}));
    const registry = await startHttpServer(listing({}));
    const source = createMlflowProxySource({
      registryUrl: registry.origin,
      allowedOrigins: [other.origin],
      credentials: { kind: 'bearer', token: 'secret-token' },
    });
    open.push(source, other, registry);
    await source.list('mlflow-artifacts:/1', signal);
    await source.list(`mlflow-artifacts://user:pw@${new URL(other.origin).host}/1`, signal);
    await source.list(`${other.origin}${API}/1`, signal);
    expect(registry.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer secret-token',
    ]);
    expect(other.requests.map((request) => request.headers.authorization)).toEqual([undefined, undefined]);
  });

  it.each([
    [
      '--no-serve-artifacts of Flask routes',
      'Endpoint: x disabled due to the mlflow server running with `--no-serve-artifacts`.',
    ],
    [
      '--no-serve-artifacts of native routes',
      '{"detail": "Artifact serving is disabled. Run `mlflow server` with `--serve-artifacts` to enable."}',
    ],
  ])('explains %s', async (_name, body) => {
    const { source } = await serving((_request, response) =>
      response.writeHead(503, { 'content-type': 'text/html; charset=utf-8' }).end(body),
    );
    const refusal = {
      code: 'ARTIFACT_UNAVAILABLE',
      message: expect.stringContaining('the MLflow server does not serve artifacts'),
    };
    await expect(source.list('mlflow-artifacts:/1', signal)).rejects.toMatchObject(refusal);
    await expect(
      source.open({ location: 'mlflow-artifacts:/1', path: 'MLmodel' }, signal),
    ).rejects.toMatchObject(refusal);
  });

  it.each([
    ['', '4'],
    ['workspaces/team/', '12'],
  ])('names the experiment that the account may not read, below "%s"', async (above, experiment) => {
    const { source } = await serving((_request, response) =>
      response.writeHead(403).end('Permission denied'),
    );
    const location = `mlflow-artifacts:/${above}${experiment}/models/m-1`;
    const denied = {
      code: 'ARTIFACT_FORBIDDEN',
      message:
        `MLflow does not let this account read the files in "${above}${experiment}/models/m-1" (403); ` +
        `grant READ on experiment ${experiment}, which holds them`,
    };
    await expect(source.list(location, signal)).rejects.toMatchObject(denied);
    await expect(source.open({ location, path: 'MLmodel', sizeBytes: 1 }, signal)).rejects.toMatchObject(
      denied,
    );
  });

  it('tells the Host check from missing rights', async () => {
    const { source } = await serving((_request, response) =>
      response.writeHead(403).end('Invalid Host header - possible DNS rebinding attack detected'),
    );
    await expect(source.list('mlflow-artifacts:/4/models', signal)).rejects.toThrow(/--allowed-hosts/);
  });

  it('takes a 500 for a file that is listed as a failure of the server', async () => {
    const { source } = await serving((request, response) => {
      if (request.url!.includes('?'))
        response.end('{"files":[{"path":"MLmodel","is_dir":false,"file_size":3}]}');
      else response.writeHead(500).end('{"error_code":"INTERNAL_ERROR","message":"boom"}');
    });
    await expect(
      source.open({ location: 'mlflow-artifacts:/1', path: 'MLmodel' }, signal),
    ).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
      message: expect.stringContaining('boom'),
    });
  });

  it.each(['..', '../x', 'a/b', '/etc/passwd', 'a\\b', 'C:x', '', 'a\u0000b'])(
    'refuses a listing with the name %j',
    async (path) => {
      const { source } = await serving(listing({ files: [{ path, is_dir: false, file_size: 1 }] }));
      await expect(source.list('mlflow-artifacts:/1', signal)).rejects.toMatchObject({
        code: 'ARTIFACT_INVALID',
      });
    },
  );

  it('ends when the folders have no end', async () => {
    const { source, server } = await serving(listing({ files: [{ path: 'again', is_dir: true }] }));
    await expect(source.list('mlflow-artifacts:/1', signal)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
    });
    expect(server.requests.length).toBeLessThan(50);
  });

  it.each([
    '<!doctype html><title>Sign in</title>',
    '[]',
    'null',
    '{"files":{}}',
    '{"files":[{"is_dir":true}]}',
    '',
  ])('says ARTIFACT_UNAVAILABLE for the listing %j', async (body) => {
    const { source } = await serving((_request, response) => response.end(body));
    const expected = body === '[]' ? [] : null;
    const listed = source.list('mlflow-artifacts:/1', signal);
    if (expected !== null) expect(await listed).toEqual(expected);
    else await expect(listed).rejects.toMatchObject({ code: 'ARTIFACT_UNAVAILABLE' });
  });

  it.each([
    'mlflow-artifacts://5000/1',
    'mlflow-artifacts:1/x',
    'mlflow-artifacts:/../../mlflow/x',
    'mlflow-artifacts:/a/%00/../..',
  ])('refuses the location %j', async (location) => {
    const { source, server } = await serving(listing({}));
    await expect(source.list(location, signal)).rejects.toMatchObject({ code: 'ARTIFACT_INVALID' });
    expect(server.requests).toHaveLength(0);
  });

  it('reads sizes that are written as text, and takes absent ones for unknown', async () => {
    const files = [
      { path: 'a', is_dir: false, file_size: '12' },
      { path: 'b', is_dir: false },
      { path: '.', is_dir: true },
    ];
    const { source } = await serving(listing({ files }));
    expect(await source.list('mlflow-artifacts:/1', signal)).toEqual([
      { path: 'a', sizeBytes: 12 },
      { path: 'b', sizeBytes: null },
    ]);
  });

  it('asks for a listing by the plain path', async () => {
    const { source, server } = await serving(
      mlflowArtifactAnswers(new Map([['1/ü&/x', Buffer.from('x')]]), '3.17.2'),
    );
    expect(await source.list('mlflow-artifacts:/1/ü&#x', signal)).toEqual([{ path: 'x', sizeBytes: 1 }]);
    expect(server.requests[0]!.url).toBe(`${API}?path=1%2F%C3%BC%26`);
  });
});
