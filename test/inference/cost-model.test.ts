import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inlineBatchRows, workerBatchRows } from '../../src/inference/batch-cap.ts';
import { CostModel, costOf } from '../../src/inference/cost-model.ts';

const fixedMs = fc.double({ min: 0, max: 20, noNaN: true });
const rowMs = fc.double({ min: 1e-4, max: 2, noNaN: true });
const rows = fc.integer({ min: 1, max: 2_000 });
/** Factors of a noisy clock. */
const noise = fc.double({ min: 0.9, max: 1.1, noNaN: true });

describe('CostModel', () => {
  it('finds both parts from runs of different sizes, whatever it started from', () => {
    const truth = fc.record({ fixedMs, rowMs });
    const start = fc.record({ fixedMs, rowMs });
    const runs = fc.array(fc.tuple(rows, noise), { minLength: 300, maxLength: 300 });
    fc.assert(
      fc.property(truth, start, runs, (real, first, measured) => {
        const cost = new CostModel(first);
        for (const [count, factor] of measured) {
          cost.observe(count, factor * (real.fixedMs + real.rowMs * count));
        }
        for (const count of [200, 2_000]) {
          const expected = real.fixedMs + real.rowMs * count;
          expect(cost.costMs(count) / expected).toBeGreaterThan(0.7);
          expect(cost.costMs(count) / expected).toBeLessThan(1.4);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('stays finite, positive and rising with the rows, whatever is measured', () => {
    const ms = fc.oneof(fc.double({ min: 0, max: 1e9 }), fc.constant(0), fc.constant(Number.NaN));
    const runs = fc.array(fc.tuple(rows, ms), { maxLength: 200 });
    fc.assert(
      fc.property(runs, (measured) => {
        const cost = new CostModel({ fixedMs: 0.01, rowMs: 0.001 });
        for (const [count, took] of measured) cost.observe(count, took);
        const costs = [1, 10, 1_000].map((count) => cost.costMs(count));
        for (const each of costs) expect(Number.isFinite(each) && each > 0).toBe(true);
        expect(costs).toEqual([...costs].sort((left, right) => left - right));
        expect(cost.rowsWithin(2)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('is hardly moved by a pause, also if one run in fifty has one', () => {
    const cost = new CostModel({ fixedMs: 0.01, rowMs: 0.001 });
    for (let run = 0; run < 1_000; run++) {
      const count = 1 + (run % 64);
      const tookMs = 0.01 + 0.001 * count;
      cost.observe(count, run % 50 === 0 ? tookMs * 1_000 : tookMs);
    }
    expect(cost.costMs(32)).toBeLessThan(2 * 0.042);
  });

  it.each([
    ['slower', 10],
    ['faster', 0.1],
  ])('follows a machine that becomes ten times %s', (_word, factor) => {
    const cost = new CostModel({ fixedMs: 0.01, rowMs: 0.001 });
    const run = (index: number, scale: number) => {
      const count = 1 + (index % 64);
      cost.observe(count, scale * (0.01 + 0.001 * count));
    };
    for (let index = 0; index < 200; index++) run(index, 1);
    for (let index = 0; index < 200; index++) run(index, factor);
    expect(cost.costMs(32) / (factor * 0.042)).toBeCloseTo(1, 0);
  });

  it('keeps what it knows of rows while all runs have one', () => {
    const cost = new CostModel({ fixedMs: 0.01, rowMs: 0.001 });
    for (let run = 0; run < 10_000; run++) cost.observe(1, 0.011);
    expect(cost.rowMs).toBeGreaterThan(0.0003);
    expect(cost.rowMs).toBeLessThan(0.003);
  });
});

describe('costOf', () => {
  it.each([
    [1, 1, 1, { fixedMs: 0, rowMs: 1 }],
    [0.012, 32, 0.043, { fixedMs: 0.011, rowMs: 0.001 }],
  ])('of one row in %d ms and %d rows in %d ms', (oneRowMs, count, ms, expected) => {
    const cost = costOf(oneRowMs, count, ms);
    expect(cost.fixedMs).toBeCloseTo(expected.fixedMs);
    expect(cost.rowMs).toBeCloseTo(expected.rowMs);
  });

  it('takes nothing below zero where more rows were measured to cost less', () => {
    const cost = costOf(1, 32, 0.5);
    expect(cost.fixedMs).toBeLessThanOrEqual(1);
    expect(cost.rowMs).toBeGreaterThan(0);
  });
});

describe('batch caps', () => {
  it.each([
    ['a small forest', { fixedMs: 0.011, rowMs: 0.001 }, 1_989, 16_384],
    ['a row that takes a millisecond', { fixedMs: 0, rowMs: 1 }, 2, 20],
    ['a row that takes seconds', { fixedMs: 0, rowMs: 2_000 }, 1, 1],
    ['a large fixed part', { fixedMs: 100, rowMs: 1 }, 1, 300],
  ])('of %s', (_what, cost, inline, worker) => {
    const model = new CostModel(cost);
    expect(inlineBatchRows(model)).toBe(inline);
    expect(workerBatchRows(model)).toBe(worker);
  });

  it('grow with what the event loop gives', () => {
    expect(inlineBatchRows(new CostModel({ fixedMs: 0, rowMs: 1 }), 10)).toBe(10);
  });
});
