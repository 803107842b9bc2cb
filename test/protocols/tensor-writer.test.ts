import { describe, expect, it } from 'vitest';
import { TensorWriter } from '../../src/protocols/tensor-writer.ts';

describe('TensorWriter', () => {
  it('keeps the sign of zero', () => {
    const writer = new TensorWriter(
      { type: 'float32', dims: [1, 3], data: Float32Array.of(-0, 0, 1) },
      'y',
      1,
    );
    expect(writer.nested(0)).toBe('[-0.0,0,1]');
    expect(Object.is((JSON.parse(writer.nested(0)) as number[])[0], -0)).toBe(true);
  });
});
