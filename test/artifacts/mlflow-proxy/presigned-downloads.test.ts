import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createMlflowProxySource,
  type MlflowProxySourceOptions,
} from '../../../src/artifacts/mlflow-proxy/mlflow-proxy-source.ts';
import { readAll } from '../../contracts/artifact-source-contract.ts';
import { startHttpServer } from '../../fakes/http-server.ts';
import { answerRangedFile, etagOf } from '../../fakes/ranged-file.ts';

const { signal } = new AbortController();
const LARGE = 16_000_000;
const CONTENT = Buffer.from('from the store');
const PRESIGNED = '/api/2.0/mlflow-artifacts/presigned/';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function started(answer: Answer) {
  const server = await startHttpServer(answer);
  onTestFinished(() => server.close());
  return server;
}

/** An MLflow server whose presigned route answers so, and which hands out "through the server" itself. */
async function setUp(presigned: Answer, options: Partial<MlflowProxySourceOptions> = {}) {
  const server = await started((request, response) => {
    if (request.url!.startsWith(PRESIGNED)) presigned(request, response);
    else response.end('through the server');
  });
  const notes: string[] = [];
  const source = createMlflowProxySource({
    registryUrl: server.origin,
    credentials: { kind: 'bearer', token: 'hush' },
    onNote: (note) => notes.push(note),
    ...options,
  });
  onTestFinished(() => source.close());
  const open = (sizeBytes: number | null = LARGE) =>
    source.open({ location: 'mlflow-artifacts:/1/m', path: 'a b.onnx', sizeBytes }, signal);
  const read = async (sizeBytes?: number | null) => (await readAll(await open(sizeBytes))).toString();
  const asked = () => server.requests.filter((request) => request.url!.startsWith(PRESIGNED));
  return { server, source, notes, read, asked };
}

const signed =
  (url: string, headers: object = {}): Answer =>
  (_request, response) =>
    response.end(JSON.stringify({ url, headers, file_size: CONTENT.byteLength }));

describe('presigned downloads', () => {
  it('come from the store, without our credentials and with the headers that the server names', async () => {
    const store = await started((request, response) => answerRangedFile(request, response, CONTENT));
    const { read, asked, notes } = await setUp(
      signed(`${store.origin}/b/k?sig=1`, { 'x-store': 'yes', host: 'evil', 'x-bad': 'a\nb' }),
      { stores: { allowedOrigins: [store.origin] } },
    );
    expect(await read()).toBe('from the store');
    expect(asked().map((request) => request.url)).toEqual([`${PRESIGNED}1/m/a%20b.onnx`]);
    expect(asked()[0]!.headers.authorization).toBe('Bearer hush');
    const { url, headers } = store.requests[0]!;
    expect(url).toBe('/b/k?sig=1');
    expect(headers).toMatchObject({ 'x-store': 'yes', host: new URL(store.origin).host });
    expect(headers.authorization).toBeUndefined();
    expect(headers['x-bad']).toBeUndefined();
    expect(notes).toEqual([]);
  });

  it('go on where they were cut, by another URL', async () => {
    const store = await started((request, response) => answerRangedFile(request, response, CONTENT));
    const { source, asked } = await setUp(signed(`${store.origin}/b/k`), {
      stores: { allowedOrigins: [store.origin] },
    });
    const resume = { offset: 5, validator: etagOf(CONTENT) };
    const request = { location: 'mlflow-artifacts:/1/m', path: 'f', sizeBytes: LARGE, resume };
    const content = await source.open(request, signal);
    expect(content.offset).toBe(5);
    expect((await readAll(content)).toString()).toBe('the store');
    expect(asked()).toHaveLength(1);
  });

  it('are for large files, for all, or for none', async () => {
    const store = await started((request, response) => answerRangedFile(request, response, CONTENT));
    const stores = { allowedOrigins: [store.origin] };
    const answer = signed(`${store.origin}/b/k`);
    const auto = await setUp(answer, { stores });
    expect(await auto.read(LARGE - 1)).toBe('through the server');
    expect(await auto.read(null)).toBe('through the server');
    expect(await auto.read(LARGE)).toBe('from the store');
    const always = await setUp(answer, { stores, presigned: 'always' });
    expect(await always.read(1)).toBe('from the store');
    const never = await setUp(answer, { stores, presigned: 'never' });
    expect(await never.read(LARGE)).toBe('through the server');
    expect(never.asked()).toHaveLength(0);
  });

  it.each([404, 405, 409, 501])('are not asked for again for ten minutes after status %i', async (status) => {
    let now = 0;
    const { read, asked, notes } = await setUp(
      (_request, response) => response.writeHead(status).end('<!doctype html>'),
      { now: () => now },
    );
    expect(await read()).toBe('through the server');
    now = 599_999;
    expect(await read()).toBe('through the server');
    expect(asked()).toHaveLength(1);
    now = 600_000;
    expect(await read()).toBe('through the server');
    expect(asked()).toHaveLength(2);
    expect(notes).toEqual([]);
  });

  it.each([
    ['over http at a loopback address', 'http'],
    ['over https at a loopback address', 'https'],
  ])(
    'are refused %s that is not listed, with one note, and come through the server',
    async (_what, scheme) => {
      const hidden = await started((_request, response) => response.end('hidden'));
      const url = `${scheme}://${new URL(hidden.origin).host}/k?sig=hush`;
      const { read, notes } = await setUp(signed(url));
      expect(await read()).toBe('through the server');
      expect(await read()).toBe('through the server');
      expect(hidden.requests).toHaveLength(0);
      expect(notes).toHaveLength(1);
      expect(notes[0]).toMatch(/its store cannot be read directly: .*SWITCHYARD_ARTIFACT_ORIGINS/);
      expect(notes[0]).not.toContain('hush');
    },
  );

  it('do not follow a redirect of the store to what is not listed', async () => {
    const hidden = await started((_request, response) => response.end('hidden'));
    const store = await started((_request, response) =>
      response.writeHead(302, { location: `${hidden.origin}/x?sig=hush` }).end(),
    );
    const { read, notes } = await setUp(signed(`${store.origin}/k`), {
      stores: { allowedOrigins: [store.origin] },
    });
    expect(await read()).toBe('through the server');
    expect(hidden.requests).toHaveLength(0);
    expect(notes[0]).toContain('which is not followed');
  });

  it.each([
    ['answers 403', (response: ServerResponse) => response.writeHead(403).end('expired')],
    ['does not answer', (response: ServerResponse) => response.destroy()],
  ])('come through the server when the store %s', async (_what, answer) => {
    const store = await started((_request, response) => answer(response));
    const { read, notes } = await setUp(signed(`${store.origin}/k`), {
      stores: { allowedOrigins: [store.origin] },
    });
    expect(await read()).toBe('through the server');
    expect(notes).toHaveLength(1);
  });

  it.each(['{"url":"file:///etc/passwd"}', '{"url":5}', 'null', '<html>', `"${'x'.repeat(70_000)}"`])(
    'come through the server when it answers %.30s',
    async (body) => {
      const { read, notes } = await setUp((_request, response) => response.end(body));
      expect(await read()).toBe('through the server');
      expect(notes[0]).toContain('answered with something that is no presigned URL');
    },
  );

  it('are all that a server gives that answers 409 to everything else', async () => {
    const store = await started((request, response) => answerRangedFile(request, response, CONTENT));
    const server = await started((request, response) => {
      if (request.url!.startsWith(PRESIGNED)) signed(`${store.origin}/k`)(request, response);
      else response.writeHead(409).end('{"error_code":"RESOURCE_CONFLICT","message":"presigned only"}');
    });
    const source = createMlflowProxySource({
      registryUrl: server.origin,
      stores: { allowedOrigins: [store.origin] },
      presigned: 'never',
    });
    onTestFinished(() => source.close());
    const content = await source.open({ location: 'mlflow-artifacts:/1', path: 'MLmodel' }, signal);
    expect((await readAll(content)).toString()).toBe('from the store');
  });

  it('end with the reason of an abort', async () => {
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const { source } = await setUp(() => controller.abort(reason));
    const request = { location: 'mlflow-artifacts:/1', path: 'f', sizeBytes: LARGE };
    await expect(source.open(request, controller.signal)).rejects.toBe(reason);
  });
});
