import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registryCommand } from '../../src/cli/registry-command.ts';
import { runCommand } from '../cli/run-command.ts';
import { ONNX_BYTES, RegistryFolder } from './directory/registry-folder.ts';

describe('switchyard registry', () => {
  let folder: RegistryFolder;

  beforeEach(async () => {
    folder = await RegistryFolder.make();
  });

  afterEach(() => folder.remove());

  /** What the command prints; rejects with what it would write to stderr before it exits. */
  const run = async (...args: string[]) => {
    const lines: string[] = [];
    const command = registryCommand(
      () => folder.path,
      (line) => lines.push(line),
    );
    await runCommand(command, args);
    return lines;
  };

  it('adds, moves and lists', async () => {
    await writeFile(folder.at('m.onnx'), ONNX_BYTES);
    expect(await run('add', 'my model', folder.at('m.onnx'))).toEqual(['1']);
    expect(
      await run('add', 'my model', folder.at('m.onnx'), '--stage', 'staging', '--alias', 'next'),
    ).toEqual(['2']);
    expect(await run('stage', 'my model', '2', 'production')).toEqual([
      'my model: version 2 is in Production',
    ]);
    expect(await run('alias', 'my model', '1', 'old')).toEqual(['my model: @old is version 1']);
    expect(await run('list')).toEqual([
      'MODEL     VERSIONS  STAGES         ALIASES',
      'my model  1, 2      Production: 2  next: 2, old: 1',
    ]);
  });

  it('lists the other models where one is broken', async () => {
    await folder.addVersion('iris', 1);
    await folder.write('wine', 'stages: 1');
    expect(await run('list')).toEqual([
      'MODEL  VERSIONS  STAGES         ALIASES',
      'iris   1         Production: 1  -',
      expect.stringMatching(/^wine: .*registry\.yaml:1: stages must be a map$/),
    ]);
  });

  it('takes another directory', async () => {
    const other = await RegistryFolder.make();
    await other.addVersion('wine', 1);
    await run('alias', 'wine', '1', 'best', '--dir', other.path);
    expect(await readFile(other.at('wine', 'registry.yaml'), 'utf8')).toContain('best: 1');
    expect(await run('list')).toEqual([`no models in ${folder.path}`]);
    await other.remove();
  });

  it.each<[string[], RegExp]>([
    [['stage', 'irsi-2', '1', 'Production'], /^error: there is no model "irsi-2" in ".*"; there are iris$/m],
    [['stage', 'iris', '9', 'Production'], /^error: model "iris" has no version "9"; it has 1$/m],
    [
      ['stage', 'iris', '1', 'Prodution'],
      /^error: there is no stage "Prodution"; did you mean "Production"\?$/m,
    ],
    [['stage', 'iris', '1', '3'], /^error: "3" cannot be a stage/m],
    [['alias', 'iris', '1', 'v1'], /^error: "v1" cannot be an alias/m],
    [['alias', 'iris', '1', 'latest'], /^error: "latest" cannot be an alias/m],
    [
      ['add', 'iris', '/nowhere/model.onnx'],
      /^error: there is no file or directory "\/nowhere\/model\.onnx"$/m,
    ],
    [['list', '--dir', '/nowhere'], /^error: cannot read the registry directory: ENOENT/m],
  ])('exits with 1 and a sentence after %j', async (args, message) => {
    await folder.addVersion('iris', 1);
    await expect(run(...args)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(message),
    });
  });
});
