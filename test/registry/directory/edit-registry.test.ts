import { chmod, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addVersion, movePointer } from '../../../src/registry/directory/edit-registry.ts';
import { ONNX_BYTES, RegistryFolder } from './registry-folder.ts';

describe('edit-registry', () => {
  let folder: RegistryFolder;

  beforeEach(async () => {
    folder = await RegistryFolder.make();
    await writeFile(folder.at('m.onnx'), ONNX_BYTES);
  });

  afterEach(() => folder.remove());

  const file = (name = 'iris') => readFile(folder.at(name, 'registry.yaml'), 'utf8');
  const add = (more: Partial<Parameters<typeof addVersion>[1]> = {}) =>
    addVersion(folder.path, { name: 'iris', path: folder.at('m.onnx'), stage: null, alias: null, ...more });
  const stage = (version: string, to: string) =>
    movePointer(folder.path, 'iris', { kind: 'stage', stage: to, version });
  const alias = (version: string, to: string) =>
    movePointer(folder.path, 'iris', { kind: 'alias', alias: to, version });

  describe('addVersion', () => {
    it('numbers versions from one, beyond what is there', async () => {
      expect([await add(), await add()]).toEqual(['1', '2']);
      await folder.addVersion('iris', 9);
      expect(await add()).toBe('10');
      expect(await readFile(folder.at('iris', '10', 'model.onnx'))).toEqual(ONNX_BYTES);
    });

    it('gives versions that are added at the same time different numbers', async () => {
      const versions = await Promise.all(Array.from({ length: 8 }, () => add()));
      expect(versions.map(Number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('copies a model directory with its subfolders, and leaves nothing else behind', async () => {
      await mkdir(folder.at('source', 'data'), { recursive: true });
      await writeFile(folder.at('source', 'MLmodel'), 'flavors:\n  onnx: {}\n');
      await writeFile(folder.at('source', 'data', 'weights'), 'w');
      await chmod(folder.at('source', 'data', 'weights'), 0o444);
      await add({ path: folder.at('source') });
      expect(await readFile(folder.at('iris', '1', 'data', 'weights'), 'utf8')).toBe('w');
      expect((await readdir(folder.at('iris'))).sort()).toEqual(['.complete-1', '1']);
    });

    it('takes the external data of an ONNX file along', async () => {
      await writeFile(folder.at('m.onnx.data'), 'weights');
      await add();
      expect((await readdir(folder.at('iris', '1'))).sort()).toEqual(['m.onnx.data', 'model.onnx']);
    });

    it('sets stage and alias, and keeps Production where it was', async () => {
      await add();
      await add({ stage: 'Staging', alias: 'challenger' });
      expect(await file()).toBe('stages:\n  Production: 1\n  Staging: 2\naliases:\n  challenger: 2\n');
    });

    it('makes the first version Production unless told otherwise', async () => {
      await add({ alias: 'champion' });
      expect(await file()).toBe('stages:\n  Production: 1\naliases:\n  champion: 1\n');
      await add({ name: 'wine', stage: 'Staging' });
      expect(await file('wine')).toBe('stages:\n  Staging: 1\n');
    });

    it.each<[string, string | null, RegExp]>([
      ['nothing', null, /there is no file or directory/],
      ['x.txt', 'text', /neither a model directory nor a model file/],
      ['x.onnx', '', /is empty/],
      ['x.onnx', 'version https://git-lfs.github.com/spec/v1', /is no ONNX file/],
      ['x.onnx', '<html>', /is no ONNX file/],
      ['dir/readme.md', '', /has neither an MLmodel nor a model file/],
      ['dir/MLmodel', 'nothing here', /names no flavors/],
    ])('refuses %s with %j', async (name, content, message) => {
      await mkdir(folder.at('dir'));
      if (content !== null) await writeFile(folder.at(name), content);
      const path = folder.at(name.startsWith('dir/') ? 'dir' : name);
      await expect(add({ path })).rejects.toMatchObject({
        code: 'INVALID_MODEL',
        message: expect.stringMatching(message),
      });
      expect(await readdir(folder.path)).not.toContain('iris');
    });

    it.each(['', ' ', '.', '..', '.hidden', 'a/b', 'a\\b', 'a:b', '*'])(
      'refuses the name %j',
      async (name) => {
        await expect(add({ name })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
      },
    );
  });

  describe('movePointer', () => {
    beforeEach(async () => {
      for (const version of [1, 2, 3]) await folder.addVersion('iris', version);
    });

    it('keeps comments, style and what it does not touch', async () => {
      await folder.write('iris', '# nightly\nstages: {Production: 1} # careful\ntags:\n  1: {owner: me}\n');
      await stage('2', 'Production');
      await alias('1', 'old');
      expect(await file()).toBe(
        '# nightly\nstages: { Production: 2 } # careful\ntags:\n  1: { owner: me }\naliases:\n  old: 1\n',
      );
    });

    it('takes the version out of its former stage', async () => {
      await folder.write('iris', 'stages: {production: [1, 2], Staging: 3}\n');
      await stage('2', 'Staging');
      expect(await file()).toBe('stages: { production: 1, Staging: 2 }\n');
      await stage('1', 'None');
      expect(await file()).toBe('stages: { Staging: 2 }\n');
    });

    it('keeps several versions in Archived', async () => {
      await stage('1', 'Archived');
      await stage('2', 'Archived');
      await stage('2', 'Archived');
      expect(await file()).toBe('stages:\n  Production: 3\n  Archived:\n    - 1\n    - 2\n');
    });

    it('says what exists', async () => {
      await expect(stage('7', 'Production')).rejects.toMatchObject({
        code: 'VERSION_NOT_FOUND',
        message: 'model "iris" has no version "7"; it has 1, 2, 3',
      });
      const edit = { kind: 'alias', alias: 'a', version: '1' } as const;
      await expect(movePointer(folder.path, 'Iriss', edit)).rejects.toMatchObject({
        code: 'MODEL_NOT_FOUND',
        message: expect.stringMatching(/no model "Iriss" in ".*"; did you mean "iris"\?$/),
      });
    });

    it('leaves a broken registry.yaml as it is', async () => {
      await folder.write('iris', 'stages: {Produc');
      await expect(stage('1', 'Production')).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
      expect(await file()).toBe('stages: {Produc');
    });

    it('loses none of the edits that are made at the same time', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, index) => alias('1', `a${index}`)));
      const text = await file();
      for (let index = 0; index < 20; index += 1) expect(text).toContain(`a${index}: 1\n`);
      expect(await readdir(folder.at('iris'))).not.toContain('.registry.lock');
    });

    it('takes over a lock that a killed command left', async () => {
      await writeFile(folder.at('iris', '.registry.lock'), '');
      const longAgo = new Date(Date.now() - 60_000);
      await utimes(folder.at('iris', '.registry.lock'), longAgo, longAgo);
      await stage('1', 'Production');
      expect(await file()).toBe('stages:\n  Production: 1\n');
    });
  });
});
