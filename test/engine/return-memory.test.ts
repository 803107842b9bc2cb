import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { largeForest } from '../fakes/large-forest.ts';

const hasFfi = process.platform === 'linux' && process.getBuiltinModule('node:ffi') !== undefined;
const directory = mkdtempSync(join(tmpdir(), 'switchyard-memory-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe.runIf(hasFfi)('returnFreedMemory', () => {
  it('gives back what a large session on a worker leaves', async () => {
    const path = await largeForest(join(directory, 'forest.onnx'), 20);
    const child = fork(join(import.meta.dirname, 'load-and-close.ts'), [path]);
    const [bytes] = (await once(child, 'message')) as [{ before: number; loaded: number; closed: number }];
    expect(bytes.closed - bytes.before).toBeLessThan(0.25 * (bytes.loaded - bytes.before));
    await once(child, 'exit');
  });
});
