import { describe, expect, it } from 'vitest';
import { BatchBuffers } from '../../src/inference/batch-buffers.ts';

describe('BatchBuffers', () => {
  const memoryOf = (data: unknown) => (data as Float32Array).buffer;

  it('uses one memory for batches that follow each other, as long as it is large enough', () => {
    const buffers = new BatchBuffers(true);
    const first = buffers.take(0, 'float32', 8);
    const smaller = buffers.take(0, 'float32', 3);
    expect(memoryOf(smaller)).toBe(memoryOf(first));
    expect([first.length, smaller.length, buffers.take(0, 'float32', 100).length]).toEqual([8, 3, 100]);
  });

  it.each([
    ['for batches that may overlap', false, 'float32', 0],
    ['for another input', true, 'float32', 1],
    ['for another type', true, 'float64', 0],
  ] as const)('gives other memory %s', (_why, isReused, type, input) => {
    const buffers = new BatchBuffers(isReused);
    const first = buffers.take(0, 'float32', 2);
    expect(memoryOf(buffers.take(input, type, 2))).not.toBe(memoryOf(first));
  });

  const MIB = 2 ** 20;

  it('keeps at most 1 MiB, however large batches are', () => {
    const buffers = new BatchBuffers(true);
    expect(buffers.take(0, 'float64', MIB).length).toBe(MIB);
    expect(buffers.keptBytes).toBe(0);
    for (let input = 0; input < 5; input++) {
      expect(buffers.take(input, 'int64', MIB / 32).length).toBe(MIB / 32);
      expect(buffers.keptBytes).toBeLessThanOrEqual(MIB);
    }
    expect(buffers.keptBytes).toBe(MIB);
  });

  it('counts what took the place of a smaller room once', () => {
    const buffers = new BatchBuffers(true);
    for (const rows of [10, 100, 1000]) buffers.take(0, 'float32', rows);
    buffers.take(0, 'float64', 1000);
    expect(buffers.keptBytes).toBe(16_000);
  });

  it('keeps nothing where batches may overlap', () => {
    const buffers = new BatchBuffers(false);
    buffers.take(0, 'float32', 100);
    expect(buffers.keptBytes).toBe(0);
  });
});
