import { describe, expect, it } from 'vitest';
import { describeEngineContract } from '../contracts/engine-contract.ts';
import { FakeEngine } from '../fakes/fake-engine.ts';
import { expectTensors } from './expect-tensors.ts';
import { classifier, float32, int64, irises, noGraph } from './sample-graphs.ts';

const SUMS = [int64([2], 11n, 16n), float32([2, 3], 11.2, 11.2, 11.2, 15.7, 15.7, 15.7)];

for (const placement of ['inline', 'worker'] as const) {
  describeEngineContract('FakeEngine', placement, {
    createEngine: () =>
      new FakeEngine({
        holdsLoads: false,
        bias: () => 1,
        refuses: (graph) => graph.path === noGraph.path,
      }),
    graph: classifier,
    badGraph: noGraph,
    inputs: irises,
    outputs: SUMS,
  });
}

describe('FakeEngine', () => {
  const signal = new AbortController().signal;

  it('holds loads and runs until the test ends them', async () => {
    const engine = new FakeEngine({ holdsRuns: true });
    const loading = engine.load(classifier, 'worker', signal);
    const load = await engine.nextLoad();
    load.resolve(1);
    const session = await loading;
    const running = session.run(irises());
    (await load.session.nextRun()).resolve();
    expectTensors(await running, SUMS);
  });

  it('ends a held load with the reason of its signal', async () => {
    const engine = new FakeEngine();
    const abort = new AbortController();
    const loading = engine.load(classifier, 'worker', abort.signal);
    const reason = new Error('gone');
    abort.abort(reason);
    await expect(loading).rejects.toBe(reason);
    expect(engine.openSessions).toEqual([]);
  });
});
