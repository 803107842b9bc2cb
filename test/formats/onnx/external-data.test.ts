import { linkSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  externalTensor,
  FLOAT,
  graph,
  INT64,
  mapsInfo,
  model,
  node,
  tensorInfo,
  zipMap,
} from '../../fakes/onnx-builder.ts';
import { fixture, format, run, scratch } from './prepared.ts';

const WEIGHTS = new Uint8Array(new Float32Array([0, 1, 0, 0]).buffer);
const ROW = { X: { type: 'float32', dims: [1, 2], data: [3, 0] } } as const;

/** A classifier with ZipMap (so that it must be edited) whose weights lie at `location`. */
function classifier(location: string, length = String(WEIGHTS.length)): Uint8Array {
  const nodes = [
    node('MatMul', { inputs: ['X', 'weights'], outputs: ['logits'] }),
    node('Softmax', { inputs: ['logits'], outputs: ['probabilities'] }),
    node('ArgMax', { inputs: ['probabilities'], outputs: ['label'], attributes: { axis: { integer: 1 } } }),
    zipMap('probabilities', 'output_probability', [0, 1]),
  ];
  const initializers = [externalTensor('weights', [2, 2], { location, offset: '0', length })];
  const inputs = [tensorInfo('X', FLOAT, [-1, 2])];
  const outputs = [tensorInfo('label', INT64, [-1, 1]), mapsInfo('output_probability')];
  return model(graph('external', { nodes, inputs, outputs, initializers }), { '': 17, 'ai.onnx.ml': 3 });
}

describe('external data', () => {
  it('is hard-linked beside an edited graph, in its folder', async () => {
    using place = scratch({ 'model.onnx': classifier('deep/er/weights.bin') });
    const weights = join(place.directory, 'deep/er/weights.bin');
    mkdirSync(dirname(weights), { recursive: true });
    writeFileSync(weights, WEIGHTS);
    const prepared = await place.prepare();
    expect(statSync(join(place.work, 'deep/er/weights.bin')).ino).toBe(statSync(weights).ino);
    expect((await run(prepared, ROW)).get('label')?.data).toEqual([1]);
  });

  it('stays where it is beside a graph that needs no edit', async () => {
    using place = scratch();
    const prepared = await place.prepare(fixture('mlflow-external'));
    expect(prepared.graphPath).toBe(join(fixture('mlflow-external'), 'model.onnx'));
    expect(readdirSync(place.work)).toEqual([]);
  });

  it('may be a link within the directory, as a mounted volume has them', async () => {
    using place = scratch({ 'model.onnx': classifier('weights.bin'), real: WEIGHTS });
    symlinkSync('real', join(place.directory, 'weights.bin'));
    const prepared = await place.prepare();
    expect(statSync(join(place.work, 'weights.bin')).isFile()).toBe(true);
    expect((await run(prepared, ROW)).get('label')?.data).toEqual([1]);
  });

  it.each([
    '/etc/hostname',
    '../weights.bin',
    'a/../../weights.bin',
    'a\\..\\..\\weights.bin',
    'C:\\weights.bin',
    '\\\\server\\weights.bin',
    '',
  ])('is refused at %j', async (location) => {
    using place = scratch({ 'model.onnx': classifier(location) });
    writeFileSync(join(dirname(place.directory), 'weights.bin'), WEIGHTS);
    const wanted = {
      code: 'INVALID_MODEL',
      message: expect.stringContaining("not in the model's own folder"),
    };
    await expect(place.prepare()).rejects.toMatchObject(wanted);
    await expect(format.missingFiles(place.directory)).rejects.toMatchObject(wanted);
  });

  it('is refused where a link leaves the directory', async () => {
    using place = scratch({ 'model.onnx': classifier('weights.bin') });
    const outside = join(dirname(place.directory), 'outside.bin');
    writeFileSync(outside, WEIGHTS);
    const inside = join(place.directory, 'weights.bin');
    symlinkSync(outside, inside);
    await expect(place.prepare()).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: 'the file "weights.bin" of the model is a link that leaves the model\'s directory',
    });
    rmSync(inside);
    linkSync(outside, inside);
    await expect(place.prepare()).resolves.toBeDefined();
  });

  it('is named where it is missing or cut off', async () => {
    using place = scratch({ 'model.onnx': classifier('weights.bin') });
    expect(await format.missingFiles(place.directory)).toEqual(['weights.bin']);
    await expect(place.prepare()).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: 'the file "weights.bin" of the model is missing',
    });
    writeFileSync(join(place.directory, 'weights.bin'), WEIGHTS.subarray(1));
    await expect(place.prepare()).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: 'the file "weights.bin" of the model is cut off: 15 bytes of at least 16',
    });
  });

  it('is found in subgraphs, in attributes and beside a model in a folder', async () => {
    const weights = { location: 'w.bin', length: '16' };
    const inner = graph('inner', {
      nodes: [
        node('Constant', {
          inputs: [],
          outputs: ['w'],
          attributes: { value: { tensor: externalTensor('w', [2, 2], weights) } },
        }),
      ],
      inputs: [],
      outputs: [tensorInfo('w', FLOAT, [2, 2])],
    });
    const parts = {
      nodes: [
        node('If', {
          inputs: ['condition'],
          outputs: ['w'],
          attributes: { then_branch: { graph: inner }, else_branch: { graph: inner } },
        }),
      ],
      inputs: [tensorInfo('X', FLOAT, [-1, 2])],
      outputs: [tensorInfo('w', FLOAT, [2, 2])],
    };
    using place = scratch({ MLmodel: 'flavors: {onnx: {data: sub/model.onnx}}\n' });
    mkdirSync(join(place.directory, 'sub'));
    writeFileSync(join(place.directory, 'sub/model.onnx'), model(graph('outer', parts)));
    expect(await format.missingFiles(place.directory)).toEqual(['sub/w.bin']);
  });
});
