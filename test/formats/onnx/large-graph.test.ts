import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOnnxFormat } from '../../../src/formats/onnx/onnx-format.ts';
import { prepareModel } from '../../../src/formats/onnx/prepare-model.ts';
import { classifierGraph } from '../../fakes/hostile-models.ts';
import { externalTensor, FLOAT, graph, model, node, tensor, tensorInfo } from '../../fakes/onnx-builder.ts';
import { localVersion } from '../local-version.ts';
import { format, scratch } from './prepared.ts';

const never = new AbortController().signal;
/** 8 MB that no node reads: a large file whatever else is in it. */
const ballast = tensor('ballast', FLOAT, [2_000_000], new Float32Array(2_000_000));

const largeGraph = model(
  graph('large', {
    nodes: [node('Add', { inputs: ['X', 'bias'], outputs: ['Y'] })],
    inputs: [tensorInfo('X', FLOAT, [-1, 4])],
    outputs: [tensorInfo('Y', FLOAT, [-1, 4])],
    initializers: [tensor('bias', FLOAT, [1], new Float32Array([1])), ballast],
  }),
);

describe('a graph of more than 4 MiB', () => {
  let threads: Worker[] = [];
  const count = (worker: Worker) => threads.push(worker);
  beforeEach(() => {
    threads = [];
    process.on('worker', count);
  });
  afterEach(() => process.off('worker', count));

  it('is read on a thread of its own, with the same result', async () => {
    using place = scratch({ 'model.onnx': largeGraph });
    const prepared = await place.prepare();
    expect(threads).toHaveLength(1);
    const { directory, work } = place;
    const here = await prepareModel({ directory, workDirectory: work, maxThreads: 2 }, never);
    expect(prepared).toEqual(here);
    expect(threads[0]?.threadId).toBe(-1);
  });

  it('is refused there with the same words', async () => {
    using place = scratch({ 'model.onnx': largeGraph.subarray(0, largeGraph.length - 100) });
    const { directory, work } = place;
    const refused = await place.prepare().catch((error: unknown) => error);
    const here = await prepareModel({ directory, workDirectory: work, maxThreads: 2 }, never).catch(
      (error: unknown) => error,
    );
    expect(threads).toHaveLength(1);
    expect(refused).toMatchObject({
      code: 'INVALID_MODEL',
      message: (here as Error).message,
    });
  });

  it('leaves no thread behind when its preparation is aborted', async () => {
    using place = scratch({ 'model.onnx': largeGraph });
    const aborting = new AbortController();
    const started = new Promise<void>((resolve) => process.once('worker', () => resolve()));
    const preparing = format.prepare(localVersion(place.directory, place.work), aborting.signal);
    await started;
    aborting.abort(new Error('not wanted any more'));
    await expect(preparing).rejects.toThrow('not wanted any more');
    expect(threads[0]?.threadId).toBe(-1);
  });

  it('tells there which files are missing', async () => {
    const parts = {
      nodes: [node('Add', { inputs: ['X', 'weights'], outputs: ['Y'] })],
      inputs: [tensorInfo('X', FLOAT, [-1, 4])],
      outputs: [tensorInfo('Y', FLOAT, [-1, 4])],
      initializers: [externalTensor('weights', [4], { location: 'weights.data' }), ballast],
    };
    using place = scratch({ 'model.onnx': model(graph('external', parts)) });
    expect(await format.missingFiles(place.directory)).toEqual(['weights.data']);
    expect(threads).toHaveLength(1);
  });
});

describe('a small graph', () => {
  it('is read without another thread', async () => {
    using place = scratch({ 'model.onnx': classifierGraph() });
    let threads = 0;
    const count = () => threads++;
    process.on('worker', count);
    await createOnnxFormat({ maxThreads: 1 }).prepare(localVersion(place.directory, place.work), never);
    process.off('worker', count);
    expect(threads).toBe(0);
  });
});
