import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { Batcher, type BatcherOptions } from '../../src/inference/batcher.ts';
import { CostModel } from '../../src/inference/cost-model.ts';
import { Deadline } from '../../src/inference/deadline.ts';
import type { BatchObservation } from '../../src/inference/inference.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { FakeSession } from '../fakes/fake-engine.ts';
import { deadlineOf, gone, rowsOf, sumGraph, valuesOf } from './vectors.ts';

function setUp(options: Partial<BatcherOptions> = {}, holdsRuns = true) {
  const session = new FakeSession(sumGraph, 'inline', { holdsRuns, bias: 100 });
  const batches: BatchObservation[] = [];
  const batcher = new Batcher({
    cost: new CostModel({ fixedMs: 0.01, rowMs: 0.001 }),
    shareBatches: true,
    maxBatchRows: () => 1000,
    onBatch: (batch) => batches.push(batch),
    ...options,
  });
  batcher.add(session);
  const infer = async (inputs: readonly Tensor[], deadline: Deadline = Deadline.NEVER) =>
    valuesOf((await batcher.infer(inputs, inputs[0]!.dims[0]!, deadline)).outputs);
  const ranRows = () => session.runs.map((run) => valuesOf(run.inputs));
  return { session, batcher, batches, infer, ranRows };
}

describe('Batcher', () => {
  it('runs rows that arrive in one turn of the event loop together, and gives each request its own', async () => {
    const { infer, ranRows, batches } = setUp({}, false);
    const answers = await Promise.all([infer(rowsOf(1)), infer(rowsOf(2, 3)), infer(rowsOf(4))]);
    expect(answers).toEqual([[101], [102, 103], [104]]);
    expect(ranRows()).toEqual([[1, 2, 3, 4]]);
    expect(batches).toMatchObject([{ rows: 4 }]);
  });

  it('runs a lone request in the same turn, without a timer', async () => {
    const { infer, session } = setUp();
    const answer = infer(rowsOf(1));
    await turn();
    expect(session.runs).toHaveLength(1);
    session.runs[0]!.resolve();
    expect(await answer).toEqual([101]);
  });

  it('lets the next batch grow while a run is out, and keeps the order of arrival', async () => {
    const { infer, ranRows, session, batcher } = setUp();
    const first = infer(rowsOf(1));
    await session.nextRun();
    const later = [infer(rowsOf(2)), infer(rowsOf(3, 4))];
    await turn();
    later.push(infer(rowsOf(5)));
    await turn();
    expect(ranRows()).toEqual([[1]]);
    expect(batcher.queuedRows).toBe(4);
    session.runs[0]!.resolve();
    (await session.nextRun()).resolve();
    expect(ranRows()).toEqual([[1], [2, 3, 4, 5]]);
    expect(await Promise.all([first, ...later])).toEqual([[101], [102], [103, 104], [105]]);
    expect(batcher.queuedRows).toBe(0);
  });

  it('cuts batches at the row limit, without tearing requests that are below it', async () => {
    const { infer, ranRows } = setUp({ maxBatchRows: () => 3 }, false);
    const requests = [rowsOf(1, 2), rowsOf(3), rowsOf(4, 5), rowsOf(6, 7)];
    await Promise.all(requests.map((request) => infer(request)));
    expect(ranRows()).toEqual([
      [1, 2, 3],
      [4, 5],
      [6, 7],
    ]);
  });

  it('runs a larger request in parts, lets others have their turn between them, and joins the answers', async () => {
    const { infer, ranRows, batcher } = setUp({ maxBatchRows: () => 3 }, false);
    const answers = [infer(rowsOf(1, 2, 3, 4, 5, 6, 7)), infer(rowsOf(8)), infer(rowsOf(9, 10))];
    expect(await Promise.all(answers)).toEqual([[101, 102, 103, 104, 105, 106, 107], [108], [109, 110]]);
    expect(ranRows()).toEqual([[1, 2, 3], [8, 9, 10], [4, 5, 6], [7]]);
    expect(batcher.queuedRows).toBe(0);
  });

  it('fails a request once, and makes no more of its parts, when one of them fails', async () => {
    const { infer, ranRows, session, batcher } = setUp({ maxBatchRows: () => 2 });
    const torn = infer(rowsOf(1, 2, 3, 4, 5));
    const patient = infer(rowsOf(6));
    (await session.nextRun()).reject(new Error('native trouble'));
    await expect(torn).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    (await session.nextRun()).resolve();
    expect(await patient).toEqual([106]);
    expect(ranRows()).toEqual([[1, 2], [6]]);
    expect(batcher.queuedRows).toBe(0);
  });

  it('makes no more parts of a request whose deadline ends', async () => {
    const { infer, ranRows, session, batcher } = setUp({ maxBatchRows: () => 2 });
    const deadline = deadlineOf();
    const torn = infer(rowsOf(1, 2, 3, 4, 5), deadline);
    const run = await session.nextRun();
    expect(batcher.queuedRows).toBe(3);
    deadline.end(gone);
    await expect(torn).rejects.toBe(gone);
    expect(batcher.queuedRows).toBe(0);
    run.resolve();
    await turn();
    const next = infer(rowsOf(6));
    (await session.nextRun()).resolve();
    await next;
    expect(ranRows()).toEqual([[1, 2], [6]]);
  });

  it('runs a large request whole where batches are not shared', async () => {
    const { infer, ranRows } = setUp({ maxBatchRows: () => 2, shareBatches: false }, false);
    await infer(rowsOf(1, 2, 3, 4, 5));
    expect(ranRows()).toEqual([[1, 2, 3, 4, 5]]);
  });

  it('answers zero rows', async () => {
    const { infer } = setUp({}, false);
    expect(await infer([{ type: 'float32', dims: [0, 1], data: new Float32Array() }])).toEqual([]);
  });

  it('runs one row of zeros for zero rows, which not every graph can run', async () => {
    const { infer, session } = setUp({}, false);
    await infer([{ type: 'float32', dims: [0, 1], data: new Float32Array() }]);
    expect(session.runs.map(({ inputs }) => inputs)).toEqual([
      [{ type: 'float32', dims: [1, 1], data: Float32Array.of(0) }],
    ]);
  });

  it('keeps two sessions busy, and gives a worker its next batch early only when that is whole', async () => {
    const { batcher, session, infer } = setUp({ maxBatchRows: () => 2 });
    const worker = new FakeSession(sumGraph, 'worker', { holdsRuns: true, bias: 100 });
    batcher.add(worker);
    const answers = [1, 2, 3, 4, 5].map((value) => infer(rowsOf(value)));
    await turn();
    await turn();
    expect([session.runs.length, worker.runs.length, batcher.queuedRows]).toEqual([1, 1, 1]);
    answers.push(infer(rowsOf(6)));
    await turn();
    expect([session.runs.length, worker.runs.length, batcher.queuedRows]).toEqual([1, 2, 0]);
    for (const run of [...worker.runs, ...session.runs].reverse()) run.resolve();
    expect(await Promise.all(answers)).toEqual([[101], [102], [103], [104], [105], [106]]);
  });

  it.each([
    ['shares what waits out among idle workers', { fixedMs: 0, rowMs: 1 }, [5, 5]],
    ['lets one worker run what would cost more in two batches', { fixedMs: 100, rowMs: 1 }, [10]],
  ])('%s', async (_what, cost, expected) => {
    const batcher = new Batcher({
      cost: new CostModel(cost),
      shareBatches: true,
      maxBatchRows: () => 1000,
      onBatch: () => {},
    });
    const options = { holdsRuns: true, bias: 100 };
    const workers = [1, 2].map(() => new FakeSession(sumGraph, 'worker', options));
    for (const worker of workers) batcher.add(worker);
    const values = Array.from({ length: 10 }, (_, index) => index);
    const answer = batcher.infer(rowsOf(...values), 10, Deadline.NEVER);
    await turn();
    const runs = workers.flatMap((worker) => worker.runs);
    expect(runs.map(({ inputs }) => inputs[0]!.dims[0])).toEqual(expected);
    for (const run of runs) run.resolve();
    expect(valuesOf((await answer).outputs)).toEqual(values.map((value) => value + 100));
  });

  it('refuses at once what cannot be answered in time, and says when to come again', async () => {
    const { batcher, infer, session } = setUp({
      cost: new CostModel({ fixedMs: 1200, rowMs: 1 }),
      maxBatchRows: () => 1,
    });
    const running = infer(rowsOf(1), deadlineOf(20_000));
    const run = await session.nextRun();
    const patient = infer(rowsOf(2), deadlineOf(20_000));
    const hopeless = { code: 'MODEL_OVERLOADED', retryAfterSeconds: 3 };
    await expect(infer(rowsOf(3), deadlineOf(5800))).rejects.toMatchObject(hopeless);
    const admit = (timeoutMs: number) => batcher.admit(1, deadlineOf(timeoutMs), performance.now());
    expect(() => admit(5800)).toThrow(expect.objectContaining(hopeless));
    admit(6200);
    run.resolve();
    (await session.nextRun()).resolve();
    expect(await Promise.all([running, patient])).toEqual([[101], [102]]);
  });

  it('tries whatever comes while nothing waits, so that a wrong estimate corrects itself', () => {
    const { batcher } = setUp({ cost: new CostModel({ fixedMs: 1e6, rowMs: 1 }) });
    batcher.admit(1, deadlineOf(10), performance.now());
  });

  it('gives back the session that was unused, the last one first', () => {
    const { batcher, session } = setUp();
    const second = new FakeSession(sumGraph, 'worker', { holdsRuns: true, bias: 0 });
    batcher.add(second);
    expect(batcher.removeUnused(performance.now() - 1000)).toBeNull();
    expect(batcher.removeUnused(Number.POSITIVE_INFINITY)).toBe(second);
    expect(batcher.removeUnused(Number.POSITIVE_INFINITY)).toBe(session);
    expect(batcher.sessionCount).toBe(0);
  });

  it('makes a run of each request where batches are not shared', async () => {
    const { infer, ranRows } = setUp({ shareBatches: false }, false);
    await Promise.all([infer(rowsOf(1)), infer(rowsOf(2, 3))]);
    expect(ranRows()).toEqual([[1], [2, 3]]);
  });

  it('does not mix rows of different shapes', async () => {
    const wide: readonly Tensor[] = [{ type: 'float32', dims: [1, 2], data: Float32Array.of(10, 20) }];
    const { infer, ranRows } = setUp({}, false);
    expect(await Promise.all([infer(rowsOf(1)), infer(wide), infer(rowsOf(2))])).toEqual([
      [101],
      [130],
      [102],
    ]);
    expect(ranRows()).toEqual([[1], [10, 20], [2]]);
  });

  it('answers an aborted request at once and leaves its rows out of the batch', async () => {
    const { infer, ranRows, session, batcher } = setUp();
    const running = infer(rowsOf(1));
    await session.nextRun();
    const deadline = deadlineOf();
    const late = infer(rowsOf(2), deadline);
    const patient = infer(rowsOf(3));
    const reason = new GatewayError('DEADLINE_EXCEEDED', 'too late');
    deadline.end(reason);
    await expect(late).rejects.toBe(reason);
    expect(batcher.queuedRows).toBe(1);
    session.runs[0]!.resolve();
    (await session.nextRun()).resolve();
    expect(await Promise.all([running, patient])).toEqual([[101], [103]]);
    expect(ranRows()).toEqual([[1], [3]]);
    expect(batcher.queuedRows).toBe(0);
  });

  it('makes no run when everything that waited is aborted, and goes on afterwards', async () => {
    const { infer, ranRows, batcher } = setUp({}, false);
    const deadline = deadlineOf();
    const late = [infer(rowsOf(1), deadline), infer(rowsOf(2), deadline)];
    deadline.end(gone);
    await Promise.allSettled(late);
    await turn();
    expect(batcher.queuedRows).toBe(0);
    expect(await infer(rowsOf(3))).toEqual([103]);
    expect(ranRows()).toEqual([[3]]);
  });

  it('answers a request that is aborted while it runs at once, and its neighbours as ever', async () => {
    const { infer, session, batcher } = setUp();
    const deadline = deadlineOf();
    const late = infer(rowsOf(1), deadline);
    const patient = infer(rowsOf(2));
    await session.nextRun();
    deadline.end(gone);
    await expect(late).rejects.toThrow('gone');
    expect(batcher.queuedRows).toBe(0);
    session.runs[0]!.resolve();
    expect(await patient).toEqual([102]);
  });

  it('refuses a request whose deadline has passed already', async () => {
    const { infer, session } = setUp();
    await expect(infer(rowsOf(1), deadlineOf(0))).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await turn();
    expect(session.runs).toHaveLength(0);
  });

  it('fails only the requests of a batch whose run fails, and goes on with the next', async () => {
    const { infer, session } = setUp({ maxBatchRows: () => 2 });
    const doomed = [infer(rowsOf(1)), infer(rowsOf(2))];
    const next = infer(rowsOf(3));
    (await session.nextRun()).reject(new Error('native trouble'));
    for (const request of doomed) await expect(request).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    (await session.nextRun()).resolve();
    expect(await next).toEqual([103]);
  });

  it('fails only the requests of a batch that cannot be put together, and goes on with the next', async () => {
    const { infer, session } = setUp({}, false);
    const misfit: Tensor = { type: 'float32', dims: [1, 1], data: new Float32Array(10) };
    const failing = [infer(rowsOf(1)), infer([misfit])].map((answer) => answer.catch((error) => error.code));
    expect(await Promise.all(failing)).toEqual(['INFERENCE_FAILED', 'INFERENCE_FAILED']);
    expect(await infer(rowsOf(2))).toEqual([102]);
    expect(session.runs).toHaveLength(1);
  });

  it('fails a batch whose outputs do not have one entry for each row', async () => {
    const { infer, session } = setUp();
    const requests = [infer(rowsOf(1)), infer(rowsOf(2))];
    (await session.nextRun()).resolve([{ type: 'float32', dims: [1], data: Float32Array.of(1) }]);
    for (const request of requests) await expect(request).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
  });

  it('tells how long a request waited and ran', async () => {
    const { batcher, session } = setUp();
    const first = batcher.infer(rowsOf(1), 1, Deadline.NEVER);
    await session.nextRun();
    const second = batcher.infer(rowsOf(2), 1, Deadline.NEVER);
    const begin = performance.now();
    while (performance.now() - begin < 5) await turn();
    session.runs[0]!.resolve();
    expect((await first).timings.inferMs).toBeGreaterThanOrEqual(4);
    (await session.nextRun()).resolve();
    expect((await second).timings.queueMs).toBeGreaterThanOrEqual(4);
  });

  it('is told nothing of a deadline that ends after the answer', async () => {
    const { infer, session, batcher } = setUp();
    const deadline = deadlineOf();
    const answer = infer(rowsOf(1), deadline);
    (await session.nextRun()).resolve();
    await answer;
    const waiting = infer(rowsOf(2));
    deadline.end(gone);
    expect(batcher.queuedRows).toBe(1);
    (await session.nextRun()).resolve();
    await waiting;
  });

  describe('with a copy whose thread was given up', () => {
    function withTwoCopies() {
      const parts = setUp({ maxBatchRows: () => 2 }, false);
      const second = new FakeSession(sumGraph, 'worker', { holdsRuns: false, bias: 200 });
      parts.batcher.add(second);
      return { ...parts, second };
    }

    it('runs its batches on the healthy one', async () => {
      const { infer, session, second } = withTwoCopies();
      session.isHealthy = false;
      const answers = await Promise.all([infer(rowsOf(1, 2)), infer(rowsOf(3, 4)), infer(rowsOf(5))]);
      expect(answers).toEqual([[201, 202], [203, 204], [205]]);
      expect([session.runs.length, second.runs.length]).toEqual([0, 3]);
    });

    it('begins nothing on it in a turn that it had asked for before', async () => {
      const { infer, session } = withTwoCopies();
      const answers = [infer(rowsOf(1, 2)), infer(rowsOf(3, 4))];
      session.isHealthy = false;
      expect(await Promise.all(answers)).toEqual([
        [201, 202],
        [203, 204],
      ]);
    });

    it('gives it back, but never the last one', async () => {
      const { batcher, infer, session, second } = withTwoCopies();
      expect(batcher.removeBroken()).toBeNull();
      session.isHealthy = false;
      expect(batcher.removeBroken()).toBe(session);
      second.isHealthy = false;
      expect(batcher.removeBroken()).toBeNull();
      expect(await infer(rowsOf(1)), 'the last one is tried all the same').toEqual([201]);
    });
  });
});
