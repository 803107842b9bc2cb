import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createFolderSource } from '../../../src/artifacts/folder/folder-source.ts';
import { createMlflowProxySource } from '../../../src/artifacts/mlflow-proxy/mlflow-proxy-source.ts';
import { startHttpServer } from '../../fakes/http-server.ts';
import { mlflowArtifactAnswers } from '../../fakes/mlflow-artifact-answers.ts';
import { openCache, temporaryDirectory } from '../cache-fixture.ts';
import { MLMODEL, rulesFor, versionOf } from '../versions.ts';

const SCRIPT = fileURLToPath(new URL('cache-process.ts', import.meta.url));
// Starting is most of what these tests wait for.
const COMPILE_CACHE = join(tmpdir(), `switchyard-compile-cache-${process.pid}`);
afterAll(() => rm(COMPILE_CACHE, { recursive: true, force: true }));
const { signal } = new AbortController();
const MODEL = new Map<string, Buffer>([
  ['MLmodel', Buffer.from(MLMODEL)],
  ['model.onnx', randomBytes(300_000)],
  ...Array.from({ length: 5 }, (_, index): [string, Buffer] => [
    `data/${index}/weights`,
    randomBytes(100_000),
  ]),
]);
const MODEL_BYTES = [...MODEL.values()].reduce((sum, content) => sum + content.byteLength, 0);

interface CacheProcess {
  readonly process: ChildProcess;
  /** The next line that it prints; `undefined` once it has ended. */
  line(): Promise<string | undefined>;
}

function startProcess(directory: string, maxBytes: number, place: string, versions: string): CacheProcess {
  const started = spawn(process.execPath, [SCRIPT, directory, String(maxBytes), place, versions], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  onTestFinished(() => void started.kill('SIGKILL'));
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  return { process: started, line: async () => (await lines.next()).value };
}

/** Every entry must hold exactly the model's files, byte for byte; told without the code under test. */
async function checkEntries(directory: string): Promise<number> {
  const keys = await readdir(join(directory, 'versions'));
  for (const key of keys) {
    const files = join(directory, 'versions', key, 'files');
    const found = (await readdir(files, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => relative(files, join(entry.parentPath, entry.name)));
    expect(found.sort()).toEqual([...MODEL.keys()].sort());
    for (const path of found) expect((await readFile(join(files, path))).equals(MODEL.get(path)!)).toBe(true);
    const record = JSON.parse(await readFile(join(directory, 'versions', key, 'entry.json'), 'utf8'));
    expect(record.key).toBe(key);
    const sums = new Map(
      [...MODEL].map(([path, content]) => [path, createHash('sha256').update(content).digest('hex')]),
    );
    expect(record.files).toHaveLength(MODEL.size);
    for (const file of record.files) expect(file.sha256).toBe(sums.get(file.path));
  }
  return keys.length;
}

describe('a cache shared by processes', () => {
  it('holds only whole versions whenever its processes are killed, and is swept by the next one', async () => {
    const base = await temporaryDirectory();
    const model = join(base, 'model');
    const directory = join(base, 'cache');
    for (const [path, content] of MODEL) {
      await mkdir(dirname(join(model, path)), { recursive: true });
      await writeFile(join(model, path), content);
    }
    const place = pathToFileURL(model).href;
    let leftovers = 0;
    // Ten rounds, and more as long as no kill has met a download.
    for (let round = 0; round < 10 || (leftovers === 0 && round < 60); round++) {
      const pair = [1, 2].map(() => startProcess(directory, MODEL_BYTES * 3.5, place, 'endless'));
      await Promise.all(pair.map((one) => one.line()));
      for (const one of pair) {
        await delay(3 + (round % 10) * 2);
        one.process.kill('SIGKILL');
      }
      await Promise.all(
        pair.map((one) => one.process.exitCode ?? one.process.signalCode ?? once(one.process, 'exit')),
      );
      await checkEntries(directory);
      for (const instance of await readdir(join(directory, 'tmp')))
        leftovers += (await readdir(join(directory, 'tmp', instance))).length;
    }
    expect(
      leftovers,
      'half downloads left by the kills; none would mean that nothing was tested',
    ).toBeGreaterThan(0);

    const sources = [createFolderSource({ roots: [model] })];
    const { cache } = await openCache({ directory, sources, maxBytes: MODEL_BYTES * 3.5 });
    expect(await readdir(join(directory, 'tmp'))).toHaveLength(1);
    expect(await readdir(join(directory, 'processes'))).toHaveLength(1);
    expect(await readdir(join(directory, 'claims'))).toHaveLength(0);
    for (let number = 0; number < 6; number++)
      await cache.ensure(versionOf(String(number)), rulesFor(place), signal);
    expect(await checkEntries(directory)).toBe(3);
  }, 60_000);

  it('downloads a version once when two processes want it at the same time', async () => {
    const directory = await temporaryDirectory();
    const stored = new Map([...MODEL].map(([path, content]) => [`1/${path}`, content]));
    const server = await startHttpServer(mlflowArtifactAnswers(stored, '3.17.2'));
    onTestFinished(() => server.close());
    const pair = [1, 2].map(() => startProcess(directory, 1e9, server.origin, '7'));
    for (const one of pair) expect(await one.line()).toBe('ready');
    const digests = await Promise.all(pair.map((one) => one.line()));
    expect(digests[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
    expect(server.requests.filter((request) => request.url?.endsWith('model.onnx'))).toHaveLength(1);
    expect(await checkEntries(directory)).toBe(1);
  });

  it('takes over the download of a process that was killed', async () => {
    const directory = await temporaryDirectory();
    const stored = new Map([...MODEL].map(([path, content]) => [`1/${path}`, content]));
    const answer = mlflowArtifactAnswers(stored, '3.17.2');
    const stuck = Promise.withResolvers<void>();
    let isStuck = true;
    const server = await startHttpServer((request, response) => {
      if (isStuck && request.url?.endsWith('model.onnx')) stuck.resolve();
      else answer(request, response);
    });
    onTestFinished(() => server.close());
    const first = startProcess(directory, 1e9, server.origin, '7');
    await stuck.promise;
    isStuck = false;
    const source = createMlflowProxySource({ registryUrl: server.origin });
    onTestFinished(() => source.close());
    const { cache } = await openCache({ directory, sources: [source] });
    const located: string[] = [];
    const locate = async () => {
      located.push(first.process.signalCode ?? 'the first still runs');
      return 'mlflow-artifacts:/1';
    };
    const second = cache.ensure(versionOf('7'), rulesFor('', { locate }), signal);
    await delay(50);
    first.process.kill('SIGKILL');
    expect((await second).sizeBytes).toBe(MODEL_BYTES);
    expect(located).toEqual(['SIGKILL']);
  });

  it('keeps what another running process holds, until it is killed', async () => {
    const directory = await temporaryDirectory();
    const stored = new Map([...MODEL].map(([path, content]) => [`1/${path}`, content]));
    const answer = mlflowArtifactAnswers(stored, '3.17.2');
    let isStuck = false;
    const stuck = Promise.withResolvers<void>();
    const server = await startHttpServer((request, response) => {
      if (isStuck && request.url?.endsWith('model.onnx')) stuck.resolve();
      else answer(request, response);
    });
    onTestFinished(() => server.close());
    const source = createMlflowProxySource({ registryUrl: server.origin });
    onTestFinished(() => source.close());
    const { cache } = await openCache({ directory, sources: [source], maxBytes: 1 });
    const rules = rulesFor('mlflow-artifacts:/1');
    const other = startProcess(directory, 1e9, server.origin, '7,8');
    await other.line();
    expect(await other.line()).toMatch(/^sha256:/);
    isStuck = true;
    await stuck.promise;
    isStuck = false;
    await cache.ensure(versionOf('9'), rules, signal);
    expect(await cache.find(versionOf('7')), 'released and published with the hold on 8').toBeNull();
    other.process.kill('SIGKILL');
    await once(other.process, 'exit');
    expect((await cache.ensure(versionOf('8'), rules, signal)).sizeBytes).toBe(MODEL_BYTES);
  });
});
