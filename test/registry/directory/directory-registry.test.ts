import { cp, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseModelUri } from '../../../src/model/model-uri.ts';
import { createDirectoryRegistry } from '../../../src/registry/directory/directory-registry.ts';
import { addVersion } from '../../../src/registry/directory/edit-registry.ts';
import type { PointerState } from '../../../src/registry/model-registry.ts';
import { ONNX_BYTES, RegistryFolder } from './registry-folder.ts';

const noAbort = new AbortController().signal;
const MINUTE = 60_000;

describe('DirectoryRegistry', () => {
  let folder: RegistryFolder;
  /** How far the registry's clock is ahead of the file system's. */
  let ahead: number;

  beforeEach(async () => {
    folder = await RegistryFolder.make();
    ahead = MINUTE;
  });

  afterEach(() => folder.remove());

  const open = () =>
    createDirectoryRegistry({ directory: folder.path, pollIntervalMs: 5_000, now: () => Date.now() + ahead });
  const stateOf = async (uri: string, registry = open()): Promise<PointerState> => {
    const [resolution] = await registry.resolve([parseModelUri(uri)], noAbort);
    return resolution?.states[0] as PointerState;
  };
  const versionOf = async (uri: string, registry = open()) => {
    const state = await stateOf(uri, registry);
    if (state.outcome !== 'found') throw new Error(`${uri} is ${JSON.stringify(state)}`);
    return state.version;
  };
  const notReady = { outcome: 'failed', error: { code: 'VERSION_NOT_READY' } };

  it('takes the highest version for Production where there is no registry.yaml', async () => {
    for (const version of [1, 9, 10]) await folder.addVersion('iris', version);
    expect((await versionOf('models:/iris/Production')).version).toBe('10');
    expect((await versionOf('models:/iris/latest')).version).toBe('10');
    expect(await stateOf('models:/iris/Production')).toMatchObject({ notes: [] });
  });

  it('sees only folders whose name is a number', async () => {
    for (const name of ['2', '007', '.9', 'v8', '1.5']) await folder.addVersion('iris', name);
    await writeFile(folder.at('iris', '11'), 'a file');
    await writeFile(folder.at('iris', 'config.pbtxt'), '');
    expect((await versionOf('models:/iris/latest')).version).toBe('2');
  });

  it('has no models in hidden folders, files and folders without versions', async () => {
    await folder.addVersion('iris', 1);
    await folder.addVersion('.trash', 1);
    await mkdir(folder.at('scripts'));
    await writeFile(folder.at('README.md'), '');
    const [resolution] = await open().resolve([parseModelUri('models:/*/Production')], noAbort);
    expect(resolution?.states.map((state) => state.name)).toEqual(['iris']);
    for (const name of ['.trash', 'scripts', '..', '.']) {
      expect((await stateOf(`models:/${name}/1`)).outcome).toBe('absent');
    }
  });

  it('follows stages that only the file knows', async () => {
    await folder.addVersion('iris', 1);
    await folder.write('iris', 'stages: {Canary: 1}');
    expect((await versionOf('models:/iris/Canary')).version).toBe('1');
    expect((await stateOf('models:/iris/Production')).outcome).toBe('absent');
  });

  it('fails a pointer to a version that does not exist, and only that pointer', async () => {
    await folder.addVersion('iris', 1);
    await folder.write('iris', 'stages: {Production: 1, Staging: 3}');
    expect((await stateOf('models:/iris/Production')).outcome).toBe('found');
    expect(await stateOf('models:/iris/Staging')).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'VERSION_NOT_FOUND',
        message: 'Staging of model "iris" names version 3, which does not exist; it has 1',
      },
    });
  });

  it('fails a model whose registry.yaml is half written, until it is whole; others go on', async () => {
    await folder.addVersion('iris', 1);
    await folder.addVersion('wine', 1);
    await folder.write('iris', 'stages: {Produc');
    const registry = open();
    const [wildcard, iris] = await registry.resolve(
      ['models:/*/Production', 'models:/iris/Production'].map(parseModelUri),
      noAbort,
    );
    const failed = { outcome: 'failed', name: 'iris', error: { code: 'REGISTRY_UNAVAILABLE' } };
    expect(wildcard?.states).toMatchObject([failed, { name: 'wine', outcome: 'found' }]);
    expect(iris?.states).toMatchObject([failed]);
    await folder.write('iris', 'stages: {Production: 1}');
    expect((await stateOf('models:/iris/Production', registry)).outcome).toBe('found');
  });

  describe('completeness', () => {
    it('waits until nothing has changed for a poll interval', async () => {
      await folder.addVersion('iris', 1);
      const registry = open();
      ahead = 0;
      expect(await stateOf('models:/iris/1', registry)).toMatchObject(notReady);
      ahead = 5_001;
      expect((await stateOf('models:/iris/1', registry)).outcome).toBe('found');
    });

    it('goes by the time of change, which copying does not preserve', async () => {
      await folder.addVersion('iris', 1);
      const longAgo = new Date('2001-01-01');
      await utimes(folder.at('iris', '1', 'model.onnx'), longAgo, longAgo);
      ahead = 0;
      expect(await stateOf('models:/iris/1')).toMatchObject(notReady);
    });

    it('counts the temporary files of copying tools as change, and not as content', async () => {
      await folder.addVersion('iris', 1);
      const registry = open();
      const before = await versionOf('models:/iris/1', registry);
      await writeFile(folder.at('iris', '1', '.model.onnx.Xa3f9q'), 'half');
      ahead = 0;
      expect(await stateOf('models:/iris/1', registry)).toMatchObject(notReady);
      ahead = MINUTE;
      expect((await versionOf('models:/iris/1', registry)).source).toBe(before.source);
    });

    it('ends by our own clock where the file system’s is ahead of it', async () => {
      await folder.addVersion('iris', 1);
      const registry = open();
      ahead = -MINUTE;
      expect(await stateOf('models:/iris/1', registry)).toMatchObject(notReady);
      ahead += 5_001;
      expect((await stateOf('models:/iris/1', registry)).outcome).toBe('found');
    });

    it('never comes for a folder without a model', async () => {
      await mkdir(folder.at('iris', '1'), { recursive: true });
      await writeFile(folder.at('iris', '1', 'conda.yaml'), '');
      expect(await stateOf('models:/iris/1')).toMatchObject({
        outcome: 'failed',
        error: {
          code: 'VERSION_NOT_READY',
          message: expect.stringContaining('neither an MLmodel nor a model file'),
        },
      });
    });

    it('is there at once for what `registry add` put there, and not for what is copied over it', async () => {
      await writeFile(folder.at('m.onnx'), ONNX_BYTES);
      const added = { name: 'iris', path: folder.at('m.onnx'), stage: null, alias: null };
      expect(await addVersion(folder.path, added)).toBe('1');
      const registry = open();
      ahead = 0;
      expect((await stateOf('models:/iris/1', registry)).outcome).toBe('found');
      await writeFile(folder.at('iris', '1', 'model.onnx'), Buffer.concat([ONNX_BYTES, ONNX_BYTES]));
      expect(await stateOf('models:/iris/1', registry)).toMatchObject(notReady);
    });

    it('is not carried over to another version of the same number', async () => {
      await writeFile(folder.at('m.onnx'), ONNX_BYTES);
      await addVersion(folder.path, { name: 'iris', path: folder.at('m.onnx'), stage: null, alias: null });
      await rm(folder.at('iris', '1'), { recursive: true });
      await folder.addVersion('iris', 1);
      ahead = 0;
      expect(await stateOf('models:/iris/1')).toMatchObject(notReady);
    });
  });

  it('gives changed content a new source and the same content the same', async () => {
    await folder.addVersion('iris', 1);
    const registry = open();
    const first = await versionOf('models:/iris/1', registry);
    expect(first.source).toMatch(/^file:\/\/.*\/iris\/1#[0-9a-f]{32}$/);
    expect((await versionOf('models:/iris/1')).source).toBe(first.source);
    await mkdir(folder.at('iris', '1', 'code'));
    await writeFile(folder.at('iris', '1', 'code', 'x'), '1');
    const second = await versionOf('models:/iris/1', registry);
    expect(second.source).not.toBe(first.source);
    const later = new Date(Date.now() + 1_000);
    await utimes(folder.at('iris', '1', 'code', 'x'), later, later);
    expect((await versionOf('models:/iris/1', registry)).source).not.toBe(second.source);
  });

  it('locates the version that was chosen, and not what has replaced it', async () => {
    await folder.addVersion('iris', 1);
    const registry = open();
    const version = await versionOf('models:/iris/1', registry);
    expect(await registry.locate(version, noAbort)).toBe(pathToFileURL(folder.at('iris', '1')).href);
    await writeFile(folder.at('iris', '1', 'model.onnx'), 'other content');
    await expect(registry.locate(version, noAbort)).rejects.toMatchObject({ code: 'VERSION_NOT_READY' });
  });

  it.each([
    ['run_id: abc123\n', 'abc123'],
    ['flavors: {}\nrun_id: "abc-1"  \n', 'abc-1'],
    ['flavors:\n  x:\n    run_id: nested\n', null],
    ['flavors: {}\n', null],
  ])('reads the run from MLmodel %j', async (text, expected) => {
    await folder.addVersion('iris', 1);
    await writeFile(folder.at('iris', '1', 'MLmodel'), text);
    expect((await versionOf('models:/iris/1')).runId).toBe(expected);
  });

  it('follows symbolic links, as Kubernetes mounts volumes', async () => {
    await mkdir(folder.at('.store', '..a', '1'), { recursive: true });
    await writeFile(folder.at('.store', '..a', '1', 'model.onnx'), ONNX_BYTES);
    await writeFile(folder.at('.store', '..a', 'registry.yaml'), 'stages: {Production: 1}');
    await symlink('..a', folder.at('.store', '..data'));
    await symlink('..data/1', folder.at('.store', '1'));
    await symlink('..data/registry.yaml', folder.at('.store', 'registry.yaml'));
    await symlink('.store', folder.at('iris'));
    const registry = open();
    const before = await versionOf('models:/iris/Production', registry);
    const [all] = await registry.resolve([parseModelUri('models:/*/Production')], noAbort);
    expect(all?.states.map((state) => state.name)).toEqual(['iris']);

    await cp(folder.at('.store', '..a'), folder.at('.store', '..b'), { recursive: true });
    await writeFile(folder.at('.store', '..b', '1', 'model.onnx'), Buffer.concat([ONNX_BYTES, ONNX_BYTES]));
    await symlink('..b', folder.at('.store', '..data_tmp'));
    await rename(folder.at('.store', '..data_tmp'), folder.at('.store', '..data'));
    expect((await versionOf('models:/iris/Production', registry)).source).not.toBe(before.source);
  });

  it('survives a link to a folder above itself and a link to nothing', async () => {
    await folder.addVersion('iris', 1);
    await symlink('..', folder.at('iris', '1', 'up'));
    await symlink('gone', folder.at('iris', '1', 'dangling'));
    await symlink('gone', folder.at('iris', '2'));
    expect((await stateOf('models:/iris/latest')).outcome).toBe('found');
  });

  it('suggests the model that was meant', async () => {
    await folder.addVersion('breast-cancer', 1);
    expect(await stateOf('models:/breast_cancer/1')).toMatchObject({
      reason: 'there is no model "breast_cancer"; did you mean "breast-cancer"?',
    });
  });
});
