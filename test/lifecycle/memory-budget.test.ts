import { describe, expect, it } from 'vitest';
import { MemoryBudget } from '../../src/lifecycle/memory-budget.ts';

const { signal } = new AbortController();
const noRoom = async () => false;

describe('MemoryBudget', () => {
  it('takes what fits beside the baseline, without giving anything up', async () => {
    const budget = new MemoryBudget(100, 40);
    const makeRoom = () => expect.unreachable();
    await budget.reserve({}, 60, makeRoom, signal);
    expect(budget.heldBytes).toBe(100);
  });

  it('gives things up until it fits', async () => {
    const budget = new MemoryBudget(100, 10);
    const owners = [{}, {}, {}];
    for (const owner of owners) await budget.reserve(owner, 30, noRoom, signal);
    const makeRoom = async () => {
      budget.release(owners.pop()!);
      return true;
    };
    await budget.reserve({}, 50, makeRoom, signal);
    expect(owners).toHaveLength(1);
    expect(budget.heldBytes).toBe(90);
  });

  it('refuses what does not fit even then, with the figures, and holds nothing for it', async () => {
    const budget = new MemoryBudget(100, 40);
    await expect(budget.reserve({}, 61, noRoom, signal)).rejects.toMatchObject({
      code: 'MEMORY_LIMIT',
      message: expect.stringContaining('needs 61 bytes, 40 of 100 are in use'),
    });
    expect(budget.heldBytes).toBe(40);
  });

  it('has the bytes of an owner once, and back when it is released, however often', async () => {
    const budget = new MemoryBudget(100, 0);
    const owner = {};
    await budget.reserve(owner, 60, noRoom, signal);
    budget.release(owner);
    budget.release(owner);
    budget.release({});
    expect(budget.heldBytes).toBe(0);
  });

  it('counts what somebody else made sure of even where it does not fit, and gives it back once', () => {
    const budget = new MemoryBudget(100, 60);
    const giveBack = budget.hold(50);
    expect(budget.heldBytes).toBe(110);
    expect(budget.tryReserve(1)).toBeNull();
    giveBack();
    giveBack();
    expect(budget.heldBytes).toBe(60);
  });

  it('never grants two loads the same room', async () => {
    const budget = new MemoryBudget(100, 0);
    const first = {};
    await budget.reserve(first, 80, noRoom, signal);
    const rooms = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()];
    let asked = 0;
    const makeRoom = () => rooms[asked++]?.promise ?? noRoom();
    const loads = [budget.reserve({}, 60, makeRoom, signal), budget.reserve({}, 60, makeRoom, signal)];
    budget.release(first);
    for (const room of rooms) room.resolve(true);
    const outcomes = await Promise.allSettled(loads);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(budget.heldBytes).toBe(60);
  });

  it('gives nothing up for a load that is not wanted any more', async () => {
    const budget = new MemoryBudget(100, 90);
    const makeRoom = () => expect.unreachable();
    await expect(
      budget.reserve({}, 20, makeRoom, AbortSignal.abort(new Error('not wanted'))),
    ).rejects.toThrow('not wanted');
  });

  it('takes anything where there is no limit', async () => {
    const budget = new MemoryBudget(Number.POSITIVE_INFINITY, 1);
    await budget.reserve({}, 1e15, noRoom, signal);
    expect(budget.heldBytes).toBe(1e15 + 1);
  });
});
