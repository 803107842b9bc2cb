/** Larger than any node's number: what 32 bits cannot hold becomes a child, or a column, that is not there. */
const NOWHERE = 0x7fffffff;

export function int32s(numbers: Float64Array): Int32Array {
  const result = new Int32Array(numbers.length);
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at] as number;
    result[at] = Math.abs(number) < NOWHERE ? number : NOWHERE;
  }
  return result;
}
