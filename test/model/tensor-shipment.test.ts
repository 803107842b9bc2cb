import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/model/tensor.ts';
import { shipTensors, withoutNeighbours } from '../../src/model/tensor-shipment.ts';

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

describe('shipTensors', () => {
  it('hands over large buffers, each once, and copies small ones and views', () => {
    const data = new Float32Array(2048);
    const whole: Tensor = { type: 'float32', dims: [2048], data };
    const small: Tensor = { type: 'float32', dims: [1], data: Float32Array.of(1) };
    const view: Tensor = { type: 'float32', dims: [1024], data: data.subarray(0, 1024) };
    const { tensors, transfer } = shipTensors([whole, whole, small, view]);
    expect(tensors.slice(0, 3)).toEqual([whole, whole, small]);
    expect(transfer).toEqual([data.buffer, (tensors[3]!.data as Float32Array).buffer]);
    expect(transfer[1]!.byteLength).toBe(4096);
  });
});
