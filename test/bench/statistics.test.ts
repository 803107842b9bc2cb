import { describe, expect, it } from 'vitest';
import { median, percentile, summarize } from '../../bench/statistics.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0, 1],
    [50, 50],
    [99, 99],
    [99.9, 100],
    [100, 100],
  ])('takes the nearest rank at %d per cent', (percent, expected) => {
    expect(percentile(hundred, percent)).toBe(expected);
  });

  it('is the only value of one', () => {
    expect(percentile([7], 1)).toBe(7);
    expect(percentile([7], 99)).toBe(7);
  });

  it('is NaN of no values', () => {
    expect(percentile([], 50)).toBeNaN();
  });
});

describe('median', () => {
  it('is the middle of an odd number of values in any order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the middle two of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('is NaN of no values', () => {
    expect(median([])).toBeNaN();
  });
});

describe('summarize', () => {
  it('gives median and extremes', () => {
    expect(summarize([3, 1, 8])).toEqual({ median: 3, min: 1, max: 8 });
  });

  it('is null where nothing was measured', () => {
    expect(summarize([])).toBeNull();
  });
});
