import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { INLINE_TURN_MS, InlineTurns } from '../../src/engine/inline-turns.ts';

describe('InlineTurns', () => {
  it('begins in one turn of the event loop what is expected to fit into its budget', async () => {
    const turns = new InlineTurns();
    const begun: string[] = [];
    for (const name of ['a', 'b', 'c']) turns.request(() => begun.push(name), INLINE_TURN_MS / 2);
    expect(begun).toEqual([]);
    await turn();
    expect(begun).toEqual(['a', 'b']);
    await turn();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('begins one that is larger than the budget, alone', async () => {
    const turns = new InlineTurns();
    const begun: string[] = [];
    for (const name of ['a', 'b']) turns.request(() => begun.push(name), 100 * INLINE_TURN_MS);
    await turn();
    expect(begun).toEqual(['a']);
  });

  it('lets sessions that ask again after every run take turns', async () => {
    const turns = new InlineTurns();
    const begun: string[] = [];
    const ask = (name: string) =>
      turns.request(() => {
        begun.push(name);
        ask(name);
      }, 10 * INLINE_TURN_MS);
    for (const name of ['a', 'b']) ask(name);
    for (let count = 0; count < 6; count++) await turn();
    expect(begun.slice(0, 6)).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('gives runs as much time as the rest of a long turn took', async () => {
    const turns = new InlineTurns();
    const budgets: number[] = [];
    turns.request((budgetMs) => budgets.push(budgetMs), 1);
    const begin = performance.now();
    while (performance.now() - begin < 20);
    await turn();
    turns.request((budgetMs) => budgets.push(budgetMs), 1);
    await turn();
    expect(budgets[0]).toBeGreaterThanOrEqual(20);
    expect(budgets[0]).toBeLessThanOrEqual(50);
  });

  it('gives runs no time for what runs took, so that turns do not grow by themselves', async () => {
    const turns = new InlineTurns();
    const budgets: number[] = [];
    turns.request((budgetMs) => budgets.push(budgetMs), 1);
    const begin = performance.now();
    while (performance.now() - begin < 20);
    turns.ran(performance.now() - begin);
    await turn();
    expect(budgets[0]).toBeLessThan(20);
  });
});
