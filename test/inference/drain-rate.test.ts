import { describe, expect, it } from 'vitest';
import { DrainRate } from '../../src/inference/drain-rate.ts';

/** Batches of ten rows, `gapMs` apart, each of which ran for 1 ms. */
function drained(gapMs: number, batches: number, rate = new DrainRate()): DrainRate {
  for (let batch = 0; batch < batches; batch++) rate.observe(10, batch * gapMs, 1, true);
  return rate;
}

describe('DrainRate', () => {
  it('knows nothing while the queue runs empty after every batch', () => {
    const rate = new DrainRate();
    for (let batch = 0; batch < 10; batch++) rate.observe(10, batch * 5, 1, false);
    expect(rate.rowMs).toBe(0);
  });

  it('learns what lies between the ends of batches, not only what they run', () => {
    expect(drained(5, 200).rowMs).toBeCloseTo(0.5, 1);
  });

  it('is hardly moved by a single pause', () => {
    const rate = drained(5, 200);
    rate.observe(10, 200 * 5 + 10_000, 1, true);
    expect(rate.rowMs).toBeLessThan(0.6);
  });

  it('forgets once the queue runs empty', () => {
    const rate = drained(5, 200);
    for (let batch = 0; batch < 50; batch++) rate.observe(10, 10_000 + batch, 1, false);
    expect(rate.rowMs).toBeLessThan(0.01);
  });
});
