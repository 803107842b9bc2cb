import type { Tensor } from '../../model/tensor.ts';

/** How many numbers of a tensor are NaN or infinite. */
export function countNonFinite({ type, data }: Tensor): number {
  let count = 0;
  if (type === 'float32' || type === 'float64') {
    const numbers = data as Float32Array;
    for (let at = 0; at < numbers.length; at++) if (!Number.isFinite(numbers[at])) count++;
  } else if (type === 'float16') {
    const bits = data as Uint16Array;
    // All bits of the exponent are set.
    for (let at = 0; at < bits.length; at++) if ((bits[at]! & 0x7c00) === 0x7c00) count++;
  }
  return count;
}
