import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderSource } from '../../../src/artifacts/folder/folder-source.ts';
import { describeArtifactSource, readAll } from '../../contracts/artifact-source-contract.ts';

describeArtifactSource({
  name: 'folder',
  canList: true,
  canResume: false,
  async start(files) {
    const base = await mkdtemp(join(tmpdir(), 'switchyard-folder-'));
    const root = join(base, 'root');
    for (const [path, content] of files) {
      await mkdir(dirname(join(root, 'model', path)), { recursive: true });
      await writeFile(join(root, 'model', path), content);
    }
    await mkdir(join(base, 'root-of-another'));
    await writeFile(join(base, 'root-of-another', 'MLmodel'), 'secret');
    return {
      source: createFolderSource({ roots: [root] }),
      location: pathToFileURL(join(root, 'model')).href,
      forbiddenLocation: pathToFileURL(join(base, 'root-of-another')).href,
      close: () => rm(base, { recursive: true }),
    };
  },
});

describe('createFolderSource', () => {
  const { signal } = new AbortController();
  let base: string;
  let root: string;
  let location: string;

  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'switchyard-folder-')));
    root = join(base, 'root');
    location = pathToFileURL(join(root, 'model')).href;
    await mkdir(join(root, 'model'), { recursive: true });
    await writeFile(join(root, 'model', 'MLmodel'), 'text');
    await writeFile(join(base, 'secret'), 'secret');
  });
  afterEach(() => rm(base, { recursive: true }));

  it('ignores the fragment of a location', async () => {
    const source = createFolderSource({ roots: [root] });
    expect(await source.list(`${location}#fingerprint`, signal)).toEqual([{ path: 'MLmodel', sizeBytes: 4 }]);
    expect(
      (await readAll(await source.open({ location: `${location}#f`, path: 'MLmodel' }, signal))).toString(),
    ).toBe('text');
  });

  it('refuses symbolic links that lead out of the roots, to files and to folders', async () => {
    const source = createFolderSource({ roots: [root] });
    await symlink(join(base, 'secret'), join(root, 'model', 'stolen'));
    await expect(source.open({ location: location, path: 'stolen' }, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_FORBIDDEN',
    });
    await expect(source.list(location, signal)).rejects.toMatchObject({ code: 'ARTIFACT_FORBIDDEN' });
    await rm(join(root, 'model', 'stolen'));
    await symlink(base, join(root, 'model', 'up'));
    await expect(source.list(location, signal)).rejects.toMatchObject({ code: 'ARTIFACT_FORBIDDEN' });
    await expect(source.open({ location: location, path: 'up/secret' }, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_FORBIDDEN',
    });
  });

  it('follows symbolic links that stay within the roots, a root that is one included', async () => {
    await mkdir(join(root, 'blobs'));
    await writeFile(join(root, 'blobs', 'b1'), 'blob');
    await symlink('../blobs/b1', join(root, 'model', 'model.onnx'));
    await symlink(root, join(base, 'alias'));
    const source = createFolderSource({ roots: [join(base, 'alias')] });
    const aliased = pathToFileURL(join(base, 'alias', 'model')).href;
    expect(await source.list(aliased, signal)).toContainEqual({ path: 'model.onnx', sizeBytes: 4 });
    expect(
      (await readAll(await source.open({ location: aliased, path: 'model.onnx' }, signal))).toString(),
    ).toBe('blob');
  });

  it('refuses a symbolic link to a folder that holds it', async () => {
    await symlink('.', join(root, 'model', 'loop'));
    const source = createFolderSource({ roots: [root] });
    await expect(source.list(location, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: expect.stringContaining('loop'),
    });
  });

  it('allows nothing without roots or below a root that does not exist', async () => {
    for (const roots of [[], [join(base, 'nowhere')]])
      await expect(createFolderSource({ roots }).list(location, signal)).rejects.toMatchObject({
        code: 'ARTIFACT_FORBIDDEN',
        message: expect.stringContaining('SWITCHYARD_ARTIFACT_ROOTS'),
      });
  });

  it('says ARTIFACT_INVALID for a folder that does not exist and for file URLs of other hosts', async () => {
    const source = createFolderSource({ roots: [root] });
    for (const bad of [pathToFileURL(join(root, 'nowhere')).href, 'file://elsewhere/share', 'file:///a%2Fb'])
      await expect(source.list(bad, signal)).rejects.toMatchObject({ code: 'ARTIFACT_INVALID' });
  });

  it('says ARTIFACT_INVALID when a folder is opened as a file', async () => {
    await mkdir(join(root, 'model', 'data'));
    const source = createFolderSource({ roots: [root] });
    await expect(source.open({ location: location, path: 'data' }, signal)).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
    });
  });
});
