import { describe, expect, it } from 'vitest';
import { RowBudget } from '../../src/inference/row-budget.ts';

describe('RowBudget', () => {
  it.each([
    [2, 0.1, 20],
    [2, 1, 2],
    [2, 3, 1],
    [2, 0, 20_000],
  ])('allows, of %d ms with rows of %d ms, %d rows', (budgetMs, oneRowMs, rows) => {
    expect(new RowBudget(budgetMs, oneRowMs).maxRows).toBe(rows);
  });

  it('learns from large batches that further rows are cheaper', () => {
    const budget = new RowBudget(2, 0.1);
    for (let batch = 0; batch < 100; batch++) budget.observe(16, 0.16);
    expect(budget.maxRows).toBeGreaterThan(190);
    expect(budget.maxRows).toBeLessThanOrEqual(200);
  });

  it('learns from large batches that rows are dearer', () => {
    const budget = new RowBudget(2, 0.01);
    for (let batch = 0; batch < 100; batch++) budget.observe(100, 100);
    expect(budget.maxRows).toBeLessThanOrEqual(2);
  });

  it('learns nothing from small batches, which cost mostly their fixed part', () => {
    const budget = new RowBudget(2, 0.1);
    for (let batch = 0; batch < 100; batch++) budget.observe(RowBudget.INFORMATIVE_ROWS - 1, 1000);
    expect(budget.maxRows).toBe(20);
  });

  it('stays finite when the clock is too coarse to see a run', () => {
    const budget = new RowBudget(2, 0.1);
    for (let batch = 0; batch < 10_000; batch++) budget.observe(1000, 0);
    expect(budget.maxRows).toBeLessThanOrEqual(20_000);
  });
});
