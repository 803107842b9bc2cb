import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Placement } from '../../src/engine/engine.ts';
import { GatewayError } from '../../src/errors.ts';
import { Deadline } from '../../src/inference/deadline.ts';
import { PlacedInference, type PlacedInferenceOptions } from '../../src/inference/placed-inference.ts';
import { FakeEngine, type FakeSession } from '../fakes/fake-engine.ts';
import { deadlineOf, gone, rowsOf, sumGraph, valuesOf } from './vectors.ts';

const { signal } = new AbortController();

interface SetUp {
  readonly placement: Placement;
  /** Measured cost of one row; the inline budget is 2 ms. */
  readonly oneRowMs?: number;
  readonly holdsRuns?: boolean;
  readonly options?: Partial<PlacedInferenceOptions>;
}

async function setUp({ placement, oneRowMs = 1, holdsRuns = false, options = {} }: SetUp) {
  const engine = new FakeEngine({ holdsRuns });
  const loading = PlacedInference.load(
    {
      engine,
      graph: sumGraph,
      placement,
      oneRowMs,
      mayMove: true,
      sample: null,
      shareBatches: true,
      reserve: () => () => {},
      onBatch: () => {},
      ...options,
    },
    signal,
  );
  const session = (await engine.nextLoad()).resolve();
  session.costMs = (rows) => rows * oneRowMs;
  const inference = await loading;
  const infer = async (values: readonly number[], deadline: Deadline = Deadline.NEVER) =>
    valuesOf((await inference.infer(rowsOf(...values), values.length, deadline)).outputs);
  return { engine, session, inference, infer };
}

describe('PlacedInference', () => {
  it('runs everything on a worker thread where the graph is placed there', async () => {
    const { engine, infer, inference, session } = await setUp({ placement: 'worker' });
    expect(await infer([1])).toEqual([1]);
    expect(await infer([1, 2, 3])).toEqual([1, 2, 3]);
    expect(engine.loads.map((load) => load.placement)).toEqual(['worker']);
    expect(session.runs).toHaveLength(2);
    expect(inference.maxInlineRows).toBe(0);
  });

  it('runs small requests inline, and loads the worker copy with the first one that is too large', async () => {
    const { engine, infer, inference, session } = await setUp({ placement: 'inline' });
    expect(inference.maxInlineRows).toBe(2);
    expect(await infer([1, 2])).toEqual([1, 2]);
    expect(engine.loads).toHaveLength(1);
    const large = [infer([1, 2, 3]), infer([4, 5, 6])];
    const copy = await engine.nextLoad();
    expect(copy.placement).toBe('worker');
    copy.session.costMs = (rows) => rows;
    expect(inference.queuedRows).toBe(6);
    copy.resolve();
    expect(await Promise.all(large)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(await infer([7, 8, 9])).toEqual([7, 8, 9]);
    expect(engine.loads).toHaveLength(2);
    expect(inference.queuedRows).toBe(0);
    expect(session.runs).toHaveLength(1);
  });

  it('keeps inline batches within the budget', async () => {
    const { infer, session } = await setUp({ placement: 'inline' });
    await Promise.all([infer([1]), infer([2]), infer([3])]);
    expect(session.runs.map((run) => valuesOf(run.inputs))).toEqual([[1, 2], [3]]);
  });

  it('does not let a request wait past its deadline for the worker copy', async () => {
    const { engine, infer, inference } = await setUp({ placement: 'inline' });
    const deadline = deadlineOf();
    const late = infer([1, 2, 3], deadline);
    const copy = await engine.nextLoad();
    const reason = new GatewayError('DEADLINE_EXCEEDED', 'too late');
    deadline.end(reason);
    await expect(late).rejects.toBe(reason);
    expect(inference.queuedRows).toBe(0);
    copy.resolve();
    expect(await infer([4, 5, 6])).toEqual([4, 5, 6]);
    expect(engine.loads).toHaveLength(2);
  });

  it('runs a large request inline, in parts, when the worker copy cannot be loaded', async () => {
    const { engine, infer, session } = await setUp({ placement: 'inline' });
    const large = infer([1, 2, 3]);
    (await engine.nextLoad()).reject();
    expect(await large).toEqual([1, 2, 3]);
    expect(session.runs.map((run) => valuesOf(run.inputs))).toEqual([[1, 2], [3]]);
    expect(await infer([4, 5, 6])).toEqual([4, 5, 6]);
    expect(engine.loads, 'not at once again').toHaveLength(2);
  });

  it('does the same where there is no memory for a copy, but does not tear what must not share', async () => {
    const options = { reserve: () => null };
    const { engine, infer } = await setUp({ placement: 'inline', options });
    expect(await infer([1, 2, 3])).toEqual([1, 2, 3]);
    const whole = await setUp({ placement: 'inline', options: { ...options, shareBatches: false } });
    await expect(whole.infer([1, 2, 3])).rejects.toMatchObject({ code: 'MODEL_OVERLOADED' });
    expect(engine.loads).toHaveLength(1);
  });

  it('gives the memory of the worker copy back when it closes', async () => {
    let copies = 0;
    const reserve = () => {
      copies++;
      return () => void copies--;
    };
    const { engine, infer, inference } = await setUp({ placement: 'inline', options: { reserve } });
    const large = infer([1, 2, 3]);
    (await engine.nextLoad()).resolve();
    await large;
    expect(copies).toBe(1);
    await inference.close();
    expect(copies).toBe(0);
  });

  it('measures where it runs, and shows it', async () => {
    const sample = { hasMany: true, make: (rows: number) => rowsOf(...Array<number>(rows).fill(1)) };
    const engine = new FakeEngine({ threads: 2 });
    const loading = PlacedInference.load(
      {
        engine,
        graph: sumGraph,
        placement: 'worker',
        oneRowMs: 3,
        mayMove: false,
        sample,
        shareBatches: true,
        reserve: () => null,
        onBatch: () => {},
      },
      signal,
    );
    const { session } = await engine.nextLoad();
    session.costMs = (rows) => 2 + 0.5 * rows;
    engine.loads[0]!.resolve();
    const { status } = await loading;
    expect(status).toMatchObject({ placement: 'worker', moved: null, inline: null, threads: 2 });
    expect(status.worker).toMatchObject({ maxBatchRows: 36, queuedRows: 0, expectedWaitMs: 0, sessions: 1 });
    expect(status.worker!.fixedMs).toBeCloseTo(2);
    expect(status.worker!.rowMs).toBeCloseTo(0.5);
  });

  it('tells figures of three significant digits', async () => {
    const { infer, inference } = await setUp({ placement: 'inline', oneRowMs: 1 / 3 });
    await infer([1]);
    await infer([1, 2]);
    const { fixedMs, rowMs, expectedWaitMs } = inference.status.inline!;
    expect(rowMs).toBeGreaterThan(0);
    for (const figure of [fixedMs, rowMs, expectedWaitMs]) {
      expect(String(figure.toExponential().replace(/^(\d)\.?(\d*)e.*$/, '$1$2')).length).toBeLessThan(4);
    }
  });

  it('closes both copies once, also one that was still being loaded', async () => {
    const { engine, infer, inference, session } = await setUp({ placement: 'inline' });
    const deadline = deadlineOf();
    const late = infer([1, 2, 3], deadline);
    const copy = await engine.nextLoad();
    deadline.end(gone);
    await expect(late).rejects.toThrow('gone');
    const closings = [inference.close(), inference.close()];
    const loaded: FakeSession = copy.resolve();
    await Promise.all(closings);
    expect([session.closeCalls, loaded.closeCalls]).toEqual([1, 1]);
    expect(loaded.isReleased).toBe(true);
  });

  it('does not resolve a second close before the first', async () => {
    const { infer, inference, session } = await setUp({ placement: 'worker', holdsRuns: true });
    const answer = infer([1]);
    const run = await session.nextRun();
    void inference.close();
    let isClosed = false;
    const second = inference.close().then(() => {
      isClosed = true;
    });
    await turn();
    expect(isClosed).toBe(false);
    run.resolve();
    await second;
    expect(await answer).toEqual([1]);
  });

  it('loads nothing any more once it is closed', async () => {
    const { engine, infer, inference } = await setUp({ placement: 'inline' });
    await inference.close();
    await expect(infer([1, 2, 3])).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    expect(engine.loads).toHaveLength(1);
  });

  it('fails to load when the engine refuses the graph', async () => {
    const engine = new FakeEngine({ holdsLoads: false, refuses: () => true });
    const options = { engine, graph: sumGraph, oneRowMs: 1, shareBatches: true, onBatch: () => {} };
    const rest = { placement: 'inline', mayMove: true, sample: null, reserve: () => null } as const;
    await expect(PlacedInference.load({ ...options, ...rest }, signal)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
    });
  });
});
