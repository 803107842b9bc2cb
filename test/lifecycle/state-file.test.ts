import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentProcessMark } from '../../src/lifecycle/process-mark.ts';
import { type RouteState, StateFile } from '../../src/lifecycle/state-file.ts';
import { versionKey } from '../../src/model/model-version.ts';
import { temporaryDirectory } from '../artifacts/cache-fixture.ts';
import { versionOf } from './versions.ts';

const SCRIPT = fileURLToPath(new URL('mark-and-hang.ts', import.meta.url));
const URI = 'models:/iris/Production';
const ROUTE: RouteState = {
  uri: URI,
  desired: versionOf(2),
  lastGood: versionOf(2),
  signature: '{}',
  previous: versionOf(1, { tags: { a: 'b' } }),
  hold: { kind: 'pin', version: versionOf(1), desired: versionOf(2) },
};
const open = (directory: string) => StateFile.open(directory, 'http://registry');

/** The one file or folder of the state with this ending. */
async function pathOf(directory: string, ending: '.json' | '.loading'): Promise<string> {
  const name = (await readdir(directory)).find((candidate) => candidate.endsWith(ending));
  return join(directory, name ?? `nothing${ending}`);
}

async function markers(directory: string): Promise<readonly string[]> {
  return readdir(await pathOf(directory, '.loading'));
}

/** A marker as some process would have left it. */
async function leaveMarker(directory: string, changes: object = {}): Promise<void> {
  const version = versionOf(1);
  const marker = { ...currentProcessMark(), key: versionKey(version), source: version.source, ...changes };
  const folder = await pathOf(directory, '.loading');
  await writeFile(join(folder, `${Math.random()}.json`), JSON.stringify(marker));
}

const DEAD = { startedAt: '1' };

describe('StateFile', () => {
  it('tells a restart what each route served, held and followed', async () => {
    const directory = await temporaryDirectory();
    const state = await open(directory);
    await state.setRoute('iris', ROUTE);
    await state.setRoute('wine', { ...ROUTE, hold: null });
    const restarted = await open(directory);
    expect(restarted.route('iris', URI)).toEqual(ROUTE);
    expect(restarted.routes().map(({ name }) => name)).toEqual(['iris', 'wine']);
  });

  it('has no memory of a route that follows another pointer now', async () => {
    const directory = await temporaryDirectory();
    const state = await open(directory);
    await state.setRoute('iris', ROUTE);
    expect(state.route('iris', 'models:/iris/Staging')).toBeNull();
    expect(state.route('constructor', URI)).toBeNull();
  });

  it('forgets a route', async () => {
    const directory = await temporaryDirectory();
    const state = await open(directory);
    await state.setRoute('iris', ROUTE);
    await state.forgetRoute('iris');
    await state.forgetRoute('never known');
    expect((await open(directory)).routes()).toEqual([]);
  });

  it('keeps the state of each registry apart', async () => {
    const directory = await temporaryDirectory();
    await (await open(directory)).setRoute('iris', ROUTE);
    expect((await StateFile.open(directory, 'http://other')).routes()).toEqual([]);
  });

  it.each(['', '{"routes":', '{"routes":{"iris":{}},"crashes":[]}', '[]'])(
    'takes the file %j for none, and replaces it',
    async (text) => {
      const directory = await temporaryDirectory();
      await (await open(directory)).setRoute('iris', ROUTE);
      await writeFile(await pathOf(directory, '.json'), text);
      const state = await open(directory);
      expect(state.routes()).toEqual([]);
      await state.setRoute('wine', ROUTE);
      expect((await open(directory)).routes()).toHaveLength(1);
    },
  );

  it('writes many changes at once in order, and leaves no half-written file', async () => {
    const directory = await temporaryDirectory();
    const state = await open(directory);
    const names = Array.from({ length: 50 }, (_, index) => `model-${index % 10}`);
    await Promise.all([
      ...names.map((name, index) => state.setRoute(name, { ...ROUTE, signature: String(index) })),
      state.forgetRoute('model-0'),
    ]);
    const routes = (await open(directory)).routes();
    expect(routes.map(({ state: { signature } }) => signature).sort()).toEqual(
      ['41', '42', '43', '44', '45', '46', '47', '48', '49'].sort(),
    );
    expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('keeps what another process on the same cache has written', async () => {
    const directory = await temporaryDirectory();
    const [left, right] = [await open(directory), await open(directory)];
    await left.setRoute('iris', ROUTE);
    await right.setRoute('wine', ROUTE);
    await left.setRoute('iris', { ...ROUTE, hold: null });
    await right.forgetRoute('wine');
    await right.setRoute('digits', ROUTE);
    const restarted = await open(directory);
    expect(restarted.routes().map(({ name }) => name)).toEqual(['iris', 'digits']);
    expect(restarted.route('iris', URI)?.hold).toBeNull();
  });

  it('tells that it cannot write, and writes that change with the next one', async () => {
    const directory = await temporaryDirectory();
    const state = await open(directory);
    await state.setRoute('iris', ROUTE);
    const path = await pathOf(directory, '.json');
    await rm(path);
    await mkdir(path);
    await expect(state.setRoute('wine', ROUTE)).rejects.toThrow();
    await state.flush();
    await rm(path, { recursive: true });
    await state.setRoute('digits', ROUTE);
    expect((await open(directory)).routes().map(({ name }) => name)).toEqual(['iris', 'wine', 'digits']);
  });

  it('is written for its owner alone', async () => {
    const directory = await temporaryDirectory();
    await (await open(directory)).setRoute('iris', ROUTE);
    expect((await stat(await pathOf(directory, '.json'))).mode & 0o777).toBe(0o600);
  });
});

describe('StateFile, markers of loads', () => {
  it('has the marker on the disk while a version loads, and not afterwards', async () => {
    const directory = await temporaryDirectory();
    const state = await open(directory);
    const unmark = await state.markLoading(versionOf(1));
    expect(await markers(directory)).toHaveLength(1);
    await unmark();
    expect(await markers(directory)).toEqual([]);
    expect((await open(directory)).deathsOf(versionOf(1))).toBe(0);
  });

  it('counts the death of a process that was killed while it loaded, once for each version', async () => {
    const directory = await temporaryDirectory();
    for (const deaths of [1, 2]) {
      const child = spawn(process.execPath, [SCRIPT, directory, '1', '1', '2'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      await once(child.stdout, 'data');
      const meanwhile = await open(directory);
      expect(meanwhile.deathsOf(versionOf(1)), 'it lives').toBe(deaths - 1);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const restarted = await open(directory);
      expect(restarted.deathsOf(versionOf(1))).toBe(deaths);
      expect(restarted.deathsOf(versionOf(2))).toBe(deaths);
      expect(restarted.deathsOf(versionOf(3))).toBe(0);
      expect(await markers(directory)).toEqual([]);
    }
  });

  it('remembers a death that another start has counted', async () => {
    const directory = await temporaryDirectory();
    await open(directory);
    await leaveMarker(directory, DEAD);
    await open(directory);
    expect((await open(directory)).deathsOf(versionOf(1))).toBe(1);
  });

  it('remembers the death of another process that loaded a version for this one', async () => {
    const directory = await temporaryDirectory();
    const file = await open(directory);
    await file.recordDeath(versionOf(1));
    expect(file.deathsOf(versionOf(1))).toBe(1);
    expect((await open(directory)).deathsOf(versionOf(1))).toBe(1);
    await file.recordDeath(versionOf(1));
    expect((await open(directory)).deathsOf(versionOf(1))).toBe(2);
  });

  it('counts a death once when several processes start at the same time', async () => {
    const directory = await temporaryDirectory();
    await open(directory);
    await leaveMarker(directory, DEAD);
    const started = await Promise.all([open(directory), open(directory), open(directory)]);
    expect(started.map((state) => state.deathsOf(versionOf(1))).sort()).toEqual([0, 0, 1]);
    expect((await open(directory)).deathsOf(versionOf(1))).toBe(1);
  });

  it.each([
    ['this process', {}],
    ['another host', { ...DEAD, host: `not-${hostname()}` }],
  ])('leaves the marker of %s alone', async (_what, changes) => {
    const directory = await temporaryDirectory();
    await open(directory);
    await leaveMarker(directory, changes);
    expect((await open(directory)).deathsOf(versionOf(1))).toBe(0);
    expect(await markers(directory)).toHaveLength(1);
  });

  it('does not hold the death of older files against newer ones', async () => {
    const directory = await temporaryDirectory();
    await open(directory);
    await leaveMarker(directory, DEAD);
    expect((await open(directory)).deathsOf(versionOf(1, { source: 'memory:/iris/1#2' }))).toBe(0);
  });

  it('forgives a version what happened, also after a restart', async () => {
    const directory = await temporaryDirectory();
    await open(directory);
    await leaveMarker(directory, DEAD);
    await leaveMarker(directory, { ...DEAD, key: versionKey(versionOf(2)), source: versionOf(2).source });
    const state = await open(directory);
    await state.forgiveCrash(versionOf(1));
    await state.forgiveCrash(versionOf(3));
    for (const file of [state, await open(directory)])
      expect([1, 2].map((version) => file.deathsOf(versionOf(version)))).toEqual([0, 1]);
  });

  it('leaves a marker that is being written alone, and removes one that never was finished', async () => {
    const directory = await temporaryDirectory();
    await open(directory);
    const folder = await pathOf(directory, '.loading');
    await writeFile(join(folder, 'young.json.tmp'), '');
    await writeFile(join(folder, 'old.json.tmp'), '');
    await utimes(join(folder, 'old.json.tmp'), new Date(0), new Date(0));
    await open(directory);
    expect(await markers(directory)).toEqual(['young.json.tmp']);
  });

  it('says that the cache cannot be written where the marker cannot', async () => {
    const directory = await temporaryDirectory();
    const state = await open(directory);
    const folder = await pathOf(directory, '.loading');
    await rm(folder, { recursive: true });
    await writeFile(folder, '');
    await expect(state.markLoading(versionOf(1))).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});
