import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseModelUri } from '../../../src/model/model-uri.ts';
import { isSameVersion, type ModelVersion } from '../../../src/model/model-version.ts';
import type { PointerState } from '../../../src/registry/model-registry.ts';
import { createMountedRegistry } from '../../../src/registry/mounted/mounted-registry.ts';
import { FIXTURES, temporaryFolder } from '../../running-gateway.ts';

const noAbort = new AbortController().signal;

describe('MountedRegistry', () => {
  let parent: string;
  let directory: string;

  beforeEach(async () => {
    parent = await temporaryFolder();
    directory = join(parent, 'my model');
    await cp(join(FIXTURES, 'iris/1'), directory, { recursive: true });
  });

  afterEach(() => rm(parent, { recursive: true }));

  const read = (
    registry = createMountedRegistry(directory, '--model-dir'),
    uri = 'models:/model/Production',
  ) => registry.read(parseModelUri(uri), noAbort);
  const version = async (
    registry = createMountedRegistry(directory, '--model-dir'),
  ): Promise<ModelVersion> => {
    const state = await read(registry);
    if (state.outcome !== 'found') throw new Error(`not found: ${JSON.stringify(state)}`);
    return state.version;
  };

  it('has one version, whatever pointer is followed', async () => {
    const registry = createMountedRegistry(directory, '--model-dir');
    const uris = ['models:/model/Production', 'models:/model@champion', 'models:/model/latest'];
    const resolutions = await registry.resolve(uris.map(parseModelUri), noAbort);
    const states = resolutions.map(({ states: [state] }) => state as PointerState);
    expect(states.map(({ outcome }) => outcome)).toEqual(['found', 'found', 'found']);
    expect(await version(registry)).toMatchObject({ registry: registry.id, name: 'model', version: '1' });
    expect(await registry.locate(await version(registry), noAbort)).toBe(pathToFileURL(directory).href);
  });

  it('has no version but that one', async () => {
    expect((await read(undefined, 'models:/model/1')).outcome).toBe('found');
    expect(await read(undefined, 'models:/model/2')).toMatchObject({
      outcome: 'absent',
      reason: 'the mounted model directory has only version 1',
    });
  });

  it('reads the run from MLmodel', async () => {
    expect((await version()).runId).toBeNull();
    await writeFile(join(directory, 'MLmodel'), 'run_id: abc123\nflavors: {}\n');
    expect((await version()).runId).toBe('abc123');
  });

  it('takes other content for another version, so that no cached copy of the old one is served', async () => {
    const before = await version();
    expect(isSameVersion(before, await version())).toBe(true);
    await writeFile(join(directory, 'model.onnx'), 'another graph');
    expect(isSameVersion(before, await version())).toBe(false);
  });

  it('stays with what it saw first while it runs', async () => {
    const registry = createMountedRegistry(directory, '--model-dir');
    const before = await version(registry);
    await writeFile(join(directory, 'model.onnx'), 'another graph');
    expect(isSameVersion(before, await version(registry))).toBe(true);
  });

  it('says what is wrong with the directory, until it is right', async () => {
    const registry = createMountedRegistry(directory, '--model-dir');
    await rename(directory, `${directory}.away`);
    expect(await read(registry)).toMatchObject({
      outcome: 'failed',
      error: { code: 'REGISTRY_UNAVAILABLE', message: expect.stringContaining('ENOENT') },
    });
    await writeFile(directory, 'a file');
    expect(await read(registry)).toMatchObject({
      outcome: 'failed',
      error: { message: expect.stringContaining('ENOTDIR') },
    });
    await rm(directory);
    await mkdir(directory);
    expect(await read(registry)).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'VERSION_NOT_READY',
        message: expect.stringMatching(/my model" \(--model-dir\) has neither an MLmodel nor a model file/),
      },
    });
    await rm(directory, { recursive: true });
    await rename(`${directory}.away`, directory);
    expect((await read(registry)).outcome).toBe('found');
  });

  it('rejects with the reason of the signal', async () => {
    const reason = new Error('enough');
    const uri = parseModelUri('models:/model/Production');
    await expect(
      createMountedRegistry(directory, '--model-dir').read(uri, AbortSignal.abort(reason)),
    ).rejects.toBe(reason);
  });
});
