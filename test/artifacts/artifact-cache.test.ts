import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheKey } from '../../src/artifacts/cache-key.ts';
import { GatewayError } from '../../src/errors.ts';
import { MemorySource } from '../fakes/memory-source.ts';
import { openCache, temporaryDirectory } from './cache-fixture.ts';
import { MLMODEL, rulesFor, versionOf } from './versions.ts';

const { signal } = new AbortController();
const FILES = { MLmodel: MLMODEL, 'model.onnx': 'graph', 'data/weights': 'weights', 'data/empty': '' };
const rules = rulesFor('memory:/iris');

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function cacheOf(source: MemorySource, options: object = {}) {
  const directory = await temporaryDirectory();
  return { directory, ...(await openCache({ directory, sources: [source], ...options })) };
}

describe('ArtifactCache.ensure', () => {
  it('gives a copy of all files, their digest and the MLmodel', async () => {
    const { cache } = await cacheOf(new MemorySource(FILES));
    const cached = await cache.ensure(versionOf('1'), rules, signal);
    for (const [path, text] of Object.entries(FILES))
      expect(await readFile(join(cached.directory, path), 'utf8')).toBe(text);
    const lines = Object.entries(FILES)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([path, text]) => `["${path}",${text.length},"${sha256(text)}"]\n`);
    expect(cached.digest).toBe(`sha256:${sha256(lines.join(''))}`);
    expect(cached.sizeBytes).toBe(Object.values(FILES).join('').length);
    expect(cached.mlmodel?.flavors).toEqual({ onnx: { data: 'model.onnx' } });
    expect(cached.key).toBe(cacheKey(versionOf('1')));
  });

  it('keeps everything readable by its user only', async () => {
    const { cache, directory } = await cacheOf(new MemorySource(FILES));
    const cached = await cache.ensure(versionOf('1'), rules, signal);
    const work = await cached.createWorkDirectory();
    for (const path of [join(directory, 'versions'), cached.directory, join(cached.directory, 'data'), work])
      expect((await stat(path)).mode & 0o777, path).toBe(0o700);
    expect((await stat(join(cached.directory, 'model.onnx'))).mode & 0o077).toBe(0);
  });

  it('downloads nothing that is there already', async () => {
    const source = new MemorySource(FILES);
    const { cache } = await cacheOf(source);
    await cache.ensure(versionOf('1'), rules, signal);
    const locate = () => Promise.reject(new Error('must not be called'));
    const again = await cache.ensure(versionOf('1'), rulesFor('', { locate }), signal);
    expect(again.mlmodel).not.toBeNull();
    expect(source.opened).toHaveLength(4);
  });

  it('downloads nothing more when the MLmodel is refused', async () => {
    const source = new MemorySource(FILES);
    const { cache, directory } = await cacheOf(source);
    const refusal = new GatewayError('UNSUPPORTED_MODEL', 'no');
    const seen: unknown[] = [];
    const accept = (mlmodel: unknown, paths: readonly string[]) => {
      seen.push(mlmodel, [...paths].sort());
      throw refusal;
    };
    await expect(cache.ensure(versionOf('1'), rulesFor('memory:/x', { accept }), signal)).rejects.toBe(
      refusal,
    );
    expect(source.opened).toEqual(['MLmodel']);
    expect(seen).toEqual([
      expect.objectContaining({ flavors: { onnx: { data: 'model.onnx' } } }),
      Object.keys(FILES).sort(),
    ]);
    expect(await readdir(join(directory, 'versions'))).toEqual([]);
    expect(await cache.find(versionOf('1'))).toBeNull();
  });

  it('asks with null where there is no MLmodel', async () => {
    const { cache } = await cacheOf(new MemorySource({ 'model.onnx': 'graph' }));
    const seen: unknown[] = [];
    const accept = (...both: unknown[]) => void seen.push(...both);
    const cached = await cache.ensure(versionOf('1'), rulesFor('memory:/x', { accept }), signal);
    expect(seen).toEqual([null, ['model.onnx']]);
    expect(cached.mlmodel).toBeNull();
  });

  it('fetches what the model names, round by round, from a source that cannot list', async () => {
    const source = new MemorySource(FILES);
    source.canList = false;
    const { cache } = await cacheOf(source);
    const missingFiles = async (directory: string) => {
      const present = await readdir(directory);
      if (!present.includes('model.onnx')) return ['model.onnx'];
      return present.includes('data') ? [] : ['data/weights'];
    };
    const cached = await cache.ensure(versionOf('1'), rulesFor('memory:/x', { missingFiles }), signal);
    expect(source.opened).toEqual(['MLmodel', 'model.onnx', 'data/weights']);
    expect(await readFile(join(cached.directory, 'data/weights'), 'utf8')).toBe('weights');
  });

  it('does without an MLmodel from a source that cannot list, and fails on any other missing file', async () => {
    const source = new MemorySource({ 'model.onnx': 'graph' });
    source.canList = false;
    const { cache } = await cacheOf(source);
    const missingFiles = async (directory: string) =>
      (await readdir(directory)).includes('model.onnx') ? [] : ['model.onnx'];
    const cached = await cache.ensure(versionOf('1'), rulesFor('memory:/x', { missingFiles }), signal);
    expect(cached.mlmodel).toBeNull();
    const wrong = rulesFor('memory:/x', { missingFiles: async () => ['nothing.data'] });
    await expect(cache.ensure(versionOf('2'), wrong, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
    });
    const endless = rulesFor('memory:/x', { missingFiles: async () => ['model.onnx'] });
    await expect(cache.ensure(versionOf('3'), endless, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: 'artifact path "model.onnx" is listed twice',
    });
  });

  it.each([
    ['../escape', 'holds the segment ".."'],
    ['/absolute', 'is absolute'],
    ['a\\b', 'holds a backslash'],
    ['C:\\x', 'holds a backslash'],
    ['C:x', 'begins with a drive letter'],
    ['a\0b', 'holds a control character'],
    ['', 'is empty'],
    ['a//b', 'holds an empty segment'],
    ['x'.repeat(256), 'holds a name longer than 255 bytes'],
    ['x/'.repeat(600), 'is longer than 1024 bytes'],
    ['MLmodel/x', 'is both a file and a folder'],
  ])('refuses a listing that names %j', async (path, why) => {
    const source = new MemorySource({ ...FILES, [path]: 'x' });
    const { cache, directory } = await cacheOf(source);
    await expect(cache.ensure(versionOf('1'), rules, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: expect.stringContaining(why),
    });
    expect(source.opened).toEqual([]);
    expect(await readdir(join(directory, 'versions'))).toEqual([]);
  });

  it('refuses more than 10,000 files, and a version without any', async () => {
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`f${index}`, '']));
    const { cache } = await cacheOf(new MemorySource(many));
    await expect(cache.ensure(versionOf('1'), rules, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: 'the version has 10001 files, more than 10000',
    });
    const { cache: other } = await cacheOf(new MemorySource({}));
    await expect(other.ensure(versionOf('1'), rules, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
    });
  });

  it('refuses a file that is shorter or longer than the listing says', async () => {
    const source = new MemorySource(FILES);
    const { cache, directory } = await cacheOf(source);
    source.listedSizes.set('model.onnx', 6);
    await expect(cache.ensure(versionOf('1'), rules, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
      message: 'artifact "model.onnx" ended after 5 of 6 bytes',
    });
    source.listedSizes.set('model.onnx', 4);
    await expect(cache.ensure(versionOf('1'), rules, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
      message: expect.stringMatching(/^artifact "model.onnx" has more than the 4 bytes that the store lists/),
    });
    expect(await readdir(join(directory, 'versions'))).toEqual([]);
    source.listedSizes.set('model.onnx', null);
    expect((await cache.ensure(versionOf('1'), rules, signal)).sizeBytes).toBeGreaterThan(0);
  });

  it('downloads anew what was thrown away as no model', async () => {
    const source = new MemorySource(FILES);
    const { cache } = await cacheOf(source);
    const first = await cache.ensure(versionOf('1'), rules, signal);
    source.files.set('model.onnx', Buffer.from('other'));
    await first.discard();
    await first.discard();
    expect(await cache.find(versionOf('1'))).toBeNull();
    expect((await cache.ensure(versionOf('1'), rules, signal)).digest).not.toBe(first.digest);
  });

  it('leaves nothing behind after a failure', async () => {
    const source = new MemorySource(FILES);
    const { cache, directory } = await cacheOf(source);
    const failure = new GatewayError('ARTIFACT_UNAVAILABLE', 'cut');
    source.betweenChunks = (path) => {
      if (path === 'data/weights') throw failure;
    };
    await expect(cache.ensure(versionOf('1'), rules, signal)).rejects.toBe(failure);
    const [instance] = await readdir(join(directory, 'tmp'));
    expect(await readdir(join(directory, 'tmp', instance!))).toEqual([]);
    expect(await readdir(join(directory, 'claims'))).toEqual([]);
  });

  it('opens at most four files at a time', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`f${index}`, 'some text']));
    const source = new MemorySource(files);
    const four = Promise.withResolvers<void>();
    let now = 0;
    let most = 0;
    source.betweenChunks = async () => {
      now++;
      most = Math.max(most, now);
      // Long enough for a fifth to show up.
      if (now === 4) setTimeout(four.resolve, 50);
      await four.promise;
      now--;
    };
    const { cache } = await cacheOf(source);
    await cache.ensure(versionOf('1'), rules, signal);
    expect(most).toBe(4);
  });

  it('makes room and tries again when the disk is full, and says so when there is nothing to give up', async () => {
    const source = new MemorySource(FILES);
    const { cache, directory } = await cacheOf(source);
    await cache.ensure(versionOf('1'), rules, signal);
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    source.betweenChunks = async () => {
      if ((await readdir(join(directory, 'versions'))).length > 0) throw full;
    };
    await cache.ensure(versionOf('2'), rules, signal);
    expect(await readdir(join(directory, 'versions'))).toEqual([cacheKey(versionOf('2'))]);
    cache.hold(cacheKey(versionOf('2')));
    await expect(cache.ensure(versionOf('3'), rules, signal)).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: expect.stringMatching(/no space is left.*SWITCHYARD_CACHE_MAX_BYTES.*SWITCHYARD_CACHE_DIR/),
    });
  });

  it('replaces a copy from another source, unless that one is held', async () => {
    const source = new MemorySource(FILES);
    const { cache, directory } = await cacheOf(source);
    const [first, second, third] = ['memory:/a', 'memory:/b', 'memory:/c'].map((text) =>
      versionOf('1', text),
    );
    await cache.ensure(first!, rules, signal);
    await cache.ensure(second!, rules, signal);
    expect(await cache.find(first!)).toBeNull();
    cache.hold(cacheKey(second!));
    await cache.ensure(third!, rules, signal);
    expect((await readdir(join(directory, 'versions'))).sort()).toEqual(
      [cacheKey(second!), cacheKey(third!)].sort(),
    );
  });
});

describe('ArtifactCache.ensure, called several times at once', () => {
  /** Holds every file in its middle until `release`. */
  function held(source: MemorySource) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    source.betweenChunks = (_path, aborted) => {
      begun.resolve();
      return new Promise((done, fail) => {
        promise.then(done);
        aborted.addEventListener('abort', () => fail(aborted.reason));
      });
    };
    return { begun: begun.promise, release: resolve };
  }

  it('downloads once for all callers', async () => {
    const source = new MemorySource(FILES);
    const { cache } = await cacheOf(source);
    const all = await Promise.all([1, 2, 3].map(() => cache.ensure(versionOf('1'), rules, signal)));
    expect(new Set(all.map((cached) => cached.directory)).size).toBe(1);
    expect(source.opened).toHaveLength(4);
  });

  it('goes on for the others when one caller aborts', async () => {
    const source = new MemorySource(FILES);
    const { cache } = await cacheOf(source);
    const download = held(source);
    const controller = new AbortController();
    const first = cache.ensure(versionOf('1'), rules, controller.signal);
    const second = cache.ensure(versionOf('1'), rules, signal);
    await download.begun;
    controller.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    download.release();
    expect((await second).sizeBytes).toBeGreaterThan(0);
    expect(source.opened).toHaveLength(4);
  });

  it('stops when the last caller aborts, and begins anew for the next', async () => {
    const source = new MemorySource(FILES);
    const { cache, directory } = await cacheOf(source);
    const download = held(source);
    const controller = new AbortController();
    const both = [1, 2].map(() => cache.ensure(versionOf('1'), rules, controller.signal));
    await download.begun;
    controller.abort(new Error('left'));
    for (const one of both) await expect(one).rejects.toThrow('left');
    source.betweenChunks = () => {};
    const cached = await cache.ensure(versionOf('1'), rules, signal);
    expect(await readFile(join(cached.directory, 'model.onnx'), 'utf8')).toBe('graph');
    const [instance] = await readdir(join(directory, 'tmp'));
    expect(await readdir(join(directory, 'tmp', instance!))).toEqual([]);
  });

  it('rejects a caller that is aborted already without a download', async () => {
    const source = new MemorySource(FILES);
    const { cache } = await cacheOf(source);
    const reason = new Error('left');
    await expect(cache.ensure(versionOf('1'), rules, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(source.opened).toEqual([]);
  });

  it('stops everything on close and leaves only whole versions', async () => {
    const source = new MemorySource(FILES);
    const { cache, directory } = await cacheOf(source);
    await cache.ensure(versionOf('1'), rules, signal);
    const download = held(source);
    const running = cache.ensure(versionOf('2'), rules, signal);
    const outcome = expect(running).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await download.begun;
    await cache.close();
    await cache.close();
    await outcome;
    expect(await readdir(join(directory, 'versions'))).toEqual([cacheKey(versionOf('1'))]);
    for (const folder of ['tmp', 'processes', 'claims'])
      expect(await readdir(join(directory, folder)), folder).toEqual([]);
  });
});

describe('ArtifactCache.find', () => {
  it('finds a whole copy without any source, and only for the same source', async () => {
    const { cache, directory } = await cacheOf(new MemorySource(FILES));
    const cached = await cache.ensure(versionOf('1'), rules, signal);
    await cache.close();
    const { cache: later } = await openCache({ directory });
    const found = await later.find(versionOf('1'));
    expect(found).toMatchObject({
      directory: cached.directory,
      digest: cached.digest,
      mlmodel: cached.mlmodel,
    });
    expect(await later.find(versionOf('1', 'memory:/changed'))).toBeNull();
    expect(await later.find(versionOf('2'))).toBeNull();
  });

  it.each<[string, (entry: string) => Promise<unknown>]>([
    ['a file is gone', (entry) => rm(join(entry, 'files/data/weights'))],
    ['a file is shorter', (entry) => truncate(join(entry, 'files/model.onnx'), 2)],
    ['a file is a folder', (entry) => rm(join(entry, 'files/data'), { recursive: true })],
    ['entry.json is gone', (entry) => rm(join(entry, 'entry.json'))],
    ['entry.json is cut', (entry) => truncate(join(entry, 'entry.json'), 40)],
    ['entry.json is of a later format', (entry) => writeFile(join(entry, 'entry.json'), '{"format":2}')],
  ])('throws a copy away when %s, and ensure downloads it again', async (_what, damage) => {
    const source = new MemorySource(FILES);
    const { cache, directory } = await cacheOf(source);
    await cache.ensure(versionOf('1'), rules, signal);
    await damage(join(directory, 'versions', cacheKey(versionOf('1'))));
    expect(await cache.find(versionOf('1'))).toBeNull();
    expect(await readdir(join(directory, 'versions'))).toEqual([]);
    const again = await cache.ensure(versionOf('1'), rules, signal);
    expect(await readFile(join(again.directory, 'data/weights'), 'utf8')).toBe('weights');
  });

  it('notices changed bytes of the same size when a process first uses the copy', async () => {
    const { cache, directory } = await cacheOf(new MemorySource(FILES));
    const { directory: files } = await cache.ensure(versionOf('1'), rules, signal);
    await writeFile(join(files, 'model.onnx'), 'GRAPH');
    const { cache: later } = await openCache({ directory });
    expect(await later.find(versionOf('1'))).toBeNull();
  });
});

describe('ArtifactCache.open', () => {
  it('names the setting when the directory cannot be made or written', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'file'), '');
    await expect(openCache({ directory: join(directory, 'file', 'cache') })).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: expect.stringMatching(/file\/cache" cannot be used \(.*\): set SWITCHYARD_CACHE_DIR/),
    });
  });

  it.skipIf(process.getuid?.() === 0)('names the setting when the directory is read-only', async () => {
    const directory = await temporaryDirectory();
    await chmod(directory, 0o500);
    await expect(openCache({ directory })).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});

describe('work directories', () => {
  it('are new, empty and gone when removed', async () => {
    const { cache } = await cacheOf(new MemorySource(FILES));
    const cached = await cache.ensure(versionOf('1'), rules, signal);
    const [one, two] = [await cached.createWorkDirectory(), await cached.createWorkDirectory()];
    expect(one).not.toBe(two);
    expect(await readdir(one)).toEqual([]);
    await writeFile(join(one, 'graph.onnx'), 'edited');
    await cache.removeWorkDirectory(one);
    await expect(stat(one)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(cache.removeWorkDirectory(cached.directory)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await cache.find(versionOf('1'))).not.toBeNull();
  });
});
