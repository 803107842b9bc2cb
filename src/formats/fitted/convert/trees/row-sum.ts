const LANES = 8;
const BLOCK = 128;

/** Adds in the order in which numpy's `sum` adds neighbours: one after another below 8, else in eight lanes, in halves. */
export function rowSum(values: Float64Array): number {
  const { length } = values;
  if (length < LANES) return values.reduce((sum, value) => sum + value, 0);
  if (length > BLOCK) {
    const half = Math.floor(length / 2);
    const middle = half - (half % LANES);
    return rowSum(values.subarray(0, middle)) + rowSum(values.subarray(middle));
  }
  const lanes = values.slice(0, LANES);
  let at = LANES;
  for (; at + LANES <= length; at += LANES) {
    for (let lane = 0; lane < LANES; lane += 1)
      lanes[lane] = (lanes[lane] as number) + (values[at + lane] as number);
  }
  const [a, b, c, d, e, f, g, h] = lanes as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  let sum = a + b + (c + d) + (e + f + (g + h));
  for (; at < length; at += 1) sum += values[at] as number;
  return sum;
}
