import { afterEach, describe, expect, it } from 'vitest';
import type { Engine, Placement } from '../../src/engine/engine.ts';
import type { Graph } from '../../src/model/graph.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { expectTensors } from '../engine/expect-tensors.ts';

/** What a test of the contract brings along. */
export interface EngineContractCase {
  readonly createEngine: () => Engine;
  readonly graph: Graph;
  /** A graph that the engine refuses. */
  readonly badGraph: Graph;
  /** Makes the same inputs anew each time, since a run takes them over. */
  readonly inputs: () => readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** What every `Engine` keeps, for sessions of one placement. */
export function describeEngineContract(name: string, placement: Placement, given: EngineContractCase): void {
  const { graph, badGraph, inputs, outputs } = given;
  const signal = new AbortController().signal;
  let engine: Engine;
  const createEngine = () => {
    engine = given.createEngine();
    return engine;
  };

  describe(`${name} as an Engine, ${placement}`, () => {
    afterEach(() => engine.close());

    it('answers with the named outputs, in their order', async () => {
      const session = await createEngine().load(graph, placement, signal);
      expect(session.placement).toBe(placement);
      expectTensors(await session.run(inputs()), outputs);
    });

    it('answers runs that overlap', async () => {
      const session = await createEngine().load(graph, placement, signal);
      const answers = await Promise.all([1, 2, 3, 4].map(() => session.run(inputs())));
      for (const answer of answers) expectTensors(answer, outputs);
    });

    it('refuses a bad graph, and stays healthy', async () => {
      const loading = createEngine().load(badGraph, placement, signal);
      await expect(loading).rejects.toMatchObject({ name: 'GatewayError', code: 'INVALID_MODEL' });
      expect(engine.isHealthy).toBe(true);
    });

    it('throws the reason of a signal that is aborted', async () => {
      const reason = new Error('not wanted any more');
      const loading = createEngine().load(graph, placement, AbortSignal.abort(reason));
      await expect(loading).rejects.toBe(reason);
    });

    it('closes a session twice as once', async () => {
      const session = await createEngine().load(graph, placement, signal);
      await Promise.all([session.close(), session.close()]);
      await session.close();
    });

    it('refuses runs after the session is closed', async () => {
      const session = await createEngine().load(graph, placement, signal);
      await session.close();
      await expect(session.run(inputs())).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
    });

    it('finishes the runs in flight before a session closes', async () => {
      const session = await createEngine().load(graph, placement, signal);
      const running = session.run(inputs());
      await session.close();
      expectTensors(await running, outputs);
    });

    it('leaves other sessions alone when one is closed', async () => {
      createEngine();
      const [closed, open] = await Promise.all([
        engine.load(graph, placement, signal),
        engine.load(graph, placement, signal),
      ]);
      await closed.close();
      expectTensors(await open.run(inputs()), outputs);
    });

    it('closes its sessions with itself, and then loads nothing', async () => {
      const session = await createEngine().load(graph, placement, signal);
      await engine.close();
      await engine.close();
      await expect(session.run(inputs())).rejects.toMatchObject({ code: 'INFERENCE_FAILED' });
      const loading = engine.load(graph, placement, signal);
      await expect(loading).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    });
  });
}
