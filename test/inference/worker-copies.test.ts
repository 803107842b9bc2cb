import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CostModel } from '../../src/inference/cost-model.ts';
import { Deadline } from '../../src/inference/deadline.ts';
import { WorkerCopies, type WorkerCopiesOptions } from '../../src/inference/worker-copies.ts';
import { FakeEngine, FakeSession } from '../fakes/fake-engine.ts';
import { rowsOf, sumGraph } from './vectors.ts';

let now = 0;
beforeEach(() => {
  now = 0;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function setUp(options: Partial<WorkerCopiesOptions> = {}, threads = 2) {
  const engine = new FakeEngine({ threads, holdsRuns: true });
  let reserved = 0;
  const copies = new WorkerCopies({
    engine,
    graph: sumGraph,
    // Two rows a batch.
    cost: new CostModel({ fixedMs: 0, rowMs: 10 }),
    shareBatches: true,
    leastCopies: 1,
    reserve: () => {
      reserved++;
      return () => void reserved--;
    },
    onBatch: () => {},
    ...options,
  });
  const first = new FakeSession(sumGraph, 'worker', { holdsRuns: true, bias: 0 });
  first.costMs = (rows) => 10 * rows;
  copies.adopt(first);
  /** Keeps whole batches waiting for `ms`. */
  const overload = async (ms: number) => {
    for (let row = 0; row < 200; row++) void copies.batcher.infer(rowsOf(row), 1, Deadline.NEVER);
    for (const endsAt = now + ms; now < endsAt; now += 20) {
      await turn();
      first.runs.find(({ state }) => state === 'held')?.resolve();
      await turn();
    }
  };
  return { engine, copies, overload, reserved: () => reserved };
}

describe('WorkerCopies', () => {
  it('loads one more copy once whole batches have waited for half a second, and uses both', async () => {
    const { engine, copies, overload, reserved } = setUp();
    await overload(400);
    expect(engine.loads).toHaveLength(0);
    await overload(200);
    const second = engine.loads[0]!.resolve();
    await turn();
    await turn();
    expect([copies.batcher.sessionCount, reserved()]).toEqual([2, 1]);
    expect(second.runs.length).toBeGreaterThan(0);
    await overload(2_000);
    expect(engine.loads, 'one for each thread').toHaveLength(1);
  });

  it('loads none where there is no memory, or no other thread', async () => {
    const poor = setUp({ reserve: () => null });
    await poor.overload(2_000);
    const single = setUp({}, 1);
    await single.overload(2_000);
    expect([poor.engine.loads.length, single.engine.loads.length]).toEqual([0, 0]);
  });

  it('gives back what was not used for five minutes, but not the last copy', async () => {
    const { engine, copies, reserved } = setUp();
    const loading = copies.load();
    const second = engine.loads[0]!.resolve();
    await loading;
    now = 299_000;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(copies.batcher.sessionCount).toBe(2);
    now = 301_000;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([copies.batcher.sessionCount, second.closeCalls, reserved()]).toEqual([1, 1, 0]);
  });

  it('gives back a copy whose thread was given up, while another one serves', async () => {
    const { engine, copies, reserved } = setUp();
    const loading = copies.load();
    const second = engine.loads[0]!.resolve();
    await loading;
    second.isHealthy = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([copies.batcher.sessionCount, second.closeCalls, reserved()]).toEqual([1, 1, 0]);
  });

  it('gives back the last copy, too, of a graph that also runs inline', async () => {
    const { copies } = setUp({ leastCopies: 0 });
    now = 301_000;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(copies.isLoaded).toBe(false);
  });

  it('closes a copy that was still being loaded, and leaves no timer behind', async () => {
    const engine = new FakeEngine();
    const cost = new CostModel({ fixedMs: 0, rowMs: 10 });
    const copies = new WorkerCopies({
      engine,
      graph: sumGraph,
      cost,
      shareBatches: true,
      leastCopies: 0,
      reserve: () => () => {},
      onBatch: () => {},
    });
    void copies.load();
    const closing = copies.close();
    const late = engine.loads[0]!.resolve();
    await closing;
    expect([late.isReleased, vi.getTimerCount()]).toEqual([true, 0]);
  });
});
