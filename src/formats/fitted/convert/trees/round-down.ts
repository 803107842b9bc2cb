const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/**
 * The largest float32 that is not above `value`: for every float32 x, `x <= value` and `x <= roundDown(value)` are the same.
 * With the nearest float32 they are not: it may be above `value`, and equal to a value of a row.
 */
export function roundDown(value: number): number {
  const nearest = Math.fround(value);
  return nearest > value ? below(nearest) : nearest;
}

/** The smallest float32 that is not below `value`: for every float32 x, `x < value` and `x < roundUp(value)` are the same. */
export function roundUp(value: number): number {
  return -roundDown(-value);
}

function below(single: number): number {
  if (single === 0) return -(2 ** -149);
  float[0] = single;
  bits[0] = (bits[0] as number) + (single > 0 ? -1 : 1);
  return float[0];
}
