import { describe, expect, it } from 'vitest';
import { withoutNeighbours } from '../../src/engine/messages.ts';
import type { Tensor } from '../../src/model/tensor.ts';

describe('withoutNeighbours', () => {
  it('takes views out of their buffers and leaves everything else', () => {
    const all = Float32Array.of(1, 2, 3, 4);
    const view: Tensor = { type: 'float32', dims: [2], data: all.subarray(1, 3) };
    const whole: Tensor = { type: 'float32', dims: [4], data: all };
    const texts: Tensor = { type: 'string', dims: [1], data: ['a'] };
    const posted = withoutNeighbours([view, whole, texts]);
    expect(posted).toEqual([view, whole, texts]);
    expect((posted[0]!.data as Float32Array).buffer.byteLength).toBe(8);
    expect(posted[1]).toBe(whole);
    expect(posted[2]).toBe(texts);
  });
});
