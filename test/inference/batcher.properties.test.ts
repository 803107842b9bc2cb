import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batcher } from '../../src/inference/batcher.ts';
import { CostModel } from '../../src/inference/cost-model.ts';
import { type FakeRun, FakeSession } from '../fakes/fake-engine.ts';
import { deadlineOf, gone, rowsOf, sumGraph, valuesOf } from './vectors.ts';

const BIAS = 100_000;

/** What happens in one turn of the event loop. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ arrives: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ leaves: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ ends: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ fails: fc.nat() }) },
  { weight: 2, arbitrary: fc.constant({ idle: true }) },
);
const plan = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
  maxRows: fc.integer({ min: 1, max: 9 }),
  sessions: fc.constantFrom(['inline'], ['worker'], ['worker', 'worker']) as fc.Arbitrary<
    ('inline' | 'worker')[]
  >,
  shareBatches: fc.boolean(),
});

function setUp({ maxRows, sessions, shareBatches }: typeof plan extends fc.Arbitrary<infer P> ? P : never) {
  const fakes = sessions.map(
    (placement) => new FakeSession(sumGraph, placement, { holdsRuns: true, bias: BIAS }),
  );
  const batchRows: number[] = [];
  const batcher = new Batcher({
    cost: new CostModel({ fixedMs: 0, rowMs: 1e-6 }),
    maxBatchRows: () => maxRows,
    shareBatches,
    onBatch: ({ rows }) => batchRows.push(rows),
  });
  for (const fake of fakes) batcher.add(fake);
  const heldRuns = (): FakeRun[] => fakes.flatMap(({ runs }) => runs.filter(({ state }) => state === 'held'));
  return { batcher, batchRows, heldRuns };
}

describe('Batcher', () => {
  it('gives every request exactly its own rows or its own error, whatever comes, goes and fails', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (given) => {
        const { batcher, batchRows, heldRuns } = setUp(given);
        const requests: { deadline: ReturnType<typeof deadlineOf>; values: number[]; left: boolean }[] = [];
        const answers: Promise<unknown>[] = [];
        let value = 0;
        let failures = 0;
        const submit = (rows: number) => {
          const values = Array.from({ length: rows }, () => value++);
          const deadline = deadlineOf();
          requests.push({ deadline, values, left: false });
          const answer = batcher.infer(rowsOf(...values), rows, deadline);
          answers.push(answer.then(({ outputs }) => valuesOf(outputs)).catch((error: unknown) => error));
        };
        for (const each of given.steps) {
          if ('arrives' in each) submit(each.arrives);
          else if ('leaves' in each && requests.length > 0) {
            const request = requests[each.leaves % requests.length]!;
            request.left = true;
            request.deadline.end(gone);
          } else if ('ends' in each || 'fails' in each) {
            const runs = heldRuns();
            const pick = 'ends' in each ? each.ends : each.fails;
            const run = runs[pick % Math.max(1, runs.length)];
            if ('fails' in each && run !== undefined) failures++;
            if ('ends' in each) run?.resolve();
            else run?.reject(new Error('native trouble'));
          }
          await turn();
        }
        while (heldRuns().length > 0 || batcher.queuedRows > 0) {
          for (const run of heldRuns()) run.resolve();
          await turn();
        }
        let failed = 0;
        for (const [index, answer] of (await Promise.all(answers)).entries()) {
          const { values, left } = requests[index]!;
          if (Array.isArray(answer)) expect(answer).toEqual(values.map((each) => each + BIAS));
          else if (answer === gone) expect(left).toBe(true);
          else {
            expect(answer).toMatchObject({ code: 'INFERENCE_FAILED' });
            failed++;
          }
        }
        expect(failed === 0 || failures > 0).toBe(true);
        expect(batcher.queuedRows).toBe(0);
        if (given.shareBatches) expect(Math.max(0, ...batchRows)).toBeLessThanOrEqual(given.maxRows);
      }),
      { numRuns: 200 },
    );
  });
});
