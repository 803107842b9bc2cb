export interface Line {
  readonly slope: number;
  /** Standard error of the slope: what it may be off by at the scatter of the points. */
  readonly slopeError: number;
  readonly intercept: number;
}

/** The line through `points` by least squares; at least three of them. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  let xx = 0;
  let xy = 0;
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  const slope = xy / xx;
  const intercept = meanY - slope * meanX;
  const squares = points.reduce((sum, [x, y]) => sum + (y - intercept - slope * x) ** 2, 0);
  return { slope, slopeError: Math.sqrt(squares / (count - 2) / xx), intercept };
}
