import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PoolThread } from '../../src/engine/pool-thread.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { expectTensors } from './expect-tensors.ts';
import { classifier, int64, irisAnswers, irises } from './sample-graphs.ts';

/** More objects than a heap of 16 MiB holds. */
const TOO_MANY: readonly Tensor[] = Array.from({ length: 300_000 }, () => int64([], 1n));
const HEAP_USED_UP = 'the worker thread of this run used up its JavaScript memory';

let thread: PoolThread;
afterEach(() => thread.close());

describe('PoolThread', () => {
  it('fails each run that kills it at once, also while sessions are loaded again, and makes the others', async () => {
    thread = new PoolThread({ name: 'test', heapMiB: 16 });
    await Promise.all([1, 2].map((session) => thread.load(session, classifier)));
    const deadly = [thread.run(1, TOO_MANY), thread.run(2, TOO_MANY)];
    const harmless = thread.run(2, irises());
    for (const run of deadly) await expect(run).rejects.toMatchObject({ message: HEAP_USED_UP });
    expectTensors((await harmless).outputs, irisAnswers);
    expect(thread.isHealthy).toBe(true);
  });

  it('tells which of its sessions could not be loaded again', async () => {
    thread = new PoolThread({ name: 'test', heapMiB: 16 });
    const directory = mkdtempSync(join(tmpdir(), 'switchyard-engine-'));
    const path = join(directory, 'model.onnx');
    copyFileSync(classifier.path, path);
    await thread.load(1, { ...classifier, path });
    await thread.load(2, classifier);
    rmSync(directory, { recursive: true });
    await expect(thread.run(2, TOO_MANY)).rejects.toMatchObject({ message: HEAP_USED_UP });
    await expect(thread.run(1, irises())).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    expectTensors((await thread.run(2, irises())).outputs, irisAnswers);
    expect([thread.isSessionHealthy(1), thread.isSessionHealthy(2), thread.isHealthy]).toEqual([
      false,
      true,
      false,
    ]);
    await thread.closeSession(1);
    expect(thread.isHealthy, 'nobody misses the session any more').toBe(true);
  });
});
