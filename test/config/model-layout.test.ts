import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFolder } from '../../src/config/list-folder.ts';
import { findModelLayout } from '../../src/config/model-layout.ts';
import { temporaryFolder } from '../running-gateway.ts';
import { listPaths } from './read-with.ts';

const layoutOf = (...files: readonly string[]) =>
  findModelLayout('/m', (path) =>
    listPaths(
      files.map((file) => `/m/${file}`),
      path,
    ),
  );

describe('findModelLayout', () => {
  it.each([
    ['a graph at the top', ['model.onnx', 'model.onnx.data'], '/m'],
    ['an MLflow directory', ['MLmodel', 'model.onnx', 'conda.yaml'], '/m'],
    ['SageMaker’s code beside the graph', ['code/inference.py', 'model.onnx'], '/m'],
    ['a folder around it, as Azure ML leaves of a registered folder', ['model/MLmodel'], '/m/model'],
    ['all of Azure ML’s folders', ['fraud/3/model_artifact/model.onnx'], '/m/fraud/3/model_artifact'],
    ['numbered versions of one model', ['9/model.onnx', '10/model.onnx', '11/README'], '/m/10'],
    ['SageMaker’s folders around numbered versions', ['code/x.py', 'export/Servo/1/model.onnx'], 'registry'],
    ['a model with a number for its name', ['7/1/model.onnx'], 'registry'],
    ['nothing', [], '/m'],
    ['no model', ['README', 'a/x', 'b/y'], '/m'],
    ['too many folders around it', ['a/b/c/d/e/f/model.onnx'], '/m'],
  ])('finds the model in %s', (_, files, expected) => {
    const layout = layoutOf(...files);
    expect(layout.kind === 'model' ? layout.directory : layout.kind).toBe(expected);
  });

  it('finds the models of Triton’s layout, those alone that have a version', () => {
    const files = [
      'iris/1/model.onnx',
      'iris/config.pbtxt',
      'rose/2/MLmodel',
      'draft/model.onnx',
      'code/1/a.onnx',
    ];
    expect(layoutOf(...files)).toEqual({ kind: 'registry', directory: '/m', names: ['iris', 'rose'] });
    expect(layoutOf('registry/iris/1/model.onnx')).toMatchObject({
      directory: '/m/registry',
      names: ['iris'],
    });
  });

  it('reads the disk: follows links, passes over hidden files and what is not there', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, '..data/1'), { recursive: true });
    await writeFile(join(root, '..data/1/model.onnx'), '');
    await writeFile(join(root, '.model.onnx'), '');
    await symlink('..data/1', join(root, 'current'));
    await symlink('nowhere', join(root, 'dangling'));
    expect(listFolder(root)).toEqual([
      { name: 'current', isFolder: true },
      { name: 'dangling', isFolder: false },
    ]);
    expect(findModelLayout(root, listFolder)).toEqual({ kind: 'model', directory: join(root, 'current') });
    expect(listFolder('\0')).toBeNull(); // stands for every failure that is not absence
    await rm(root, { recursive: true });
    expect(listFolder(root)).toEqual([]);
    expect(findModelLayout(root, listFolder)).toEqual({ kind: 'model', directory: root });
  });
});
