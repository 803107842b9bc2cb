import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { Inference } from '../../src/inference/inference.ts';
import type { ReserveCopy } from '../../src/lifecycle/inference-loader.ts';
import { MemoryBudget } from '../../src/lifecycle/memory-budget.ts';
import type { ModelStatus } from '../../src/lifecycle/model-status.ts';
import type { OperatorOutcome } from '../../src/lifecycle/operator-actions.ts';
import type { OperatorOrder } from '../../src/processes/messages.ts';
import { MirroredModels } from '../../src/processes/mirrored-models.ts';
import { FakeInference } from '../lifecycle/servables.ts';
import { orderOf } from './orders.ts';

interface HeldLoad {
  readonly finish: (inference: Inference) => void;
  readonly fail: (error: Error) => void;
  readonly signal: AbortSignal;
  readonly reserve: ReserveCopy;
}

function setUp({ maxBytes = 2_500 } = {}) {
  const loads: HeldLoad[] = [];
  const orders: OperatorOrder[] = [];
  const closed: string[] = [];
  const models = new MirroredModels({
    inferences: {
      load: (_order, reserve, signal) =>
        new Promise((finish, fail) => void loads.push({ finish, fail, signal, reserve })),
    },
    operate: async (order): Promise<OperatorOutcome> => {
      orders.push(order);
      return 'done';
    },
    findVersion: async ({ choice }) => (choice.kind === 'version' ? choice.version : '7'),
    hint: async ({ deliveryId }) => (deliveryId === 'seen' ? 'duplicate' : 'accepted'),
    memory: new MemoryBudget(maxBytes, 0),
    onClosed: (route, version) => closed.push(`${route} ${version.version}`),
    pollIntervalMs: 5_000,
  });
  /** Loads an edition of this number and version. */
  const load = async (id: number) => {
    const loading = models.load(id, orderOf(id));
    const inference = new FakeInference();
    loads.at(-1)!.finish(inference);
    await loading;
    return inference;
  };
  const served = () => models.lease('iris').lease.servable.version.version;
  return { models, loads, orders, closed, load, served };
}

const statusOf = (name: string, nextRetryAt: string | null = null) =>
  ({ name, nextRetryAt, placement: null }) as ModelStatus;

describe('MirroredModels', () => {
  it('answers with what the last flip named', async () => {
    const { models, load, served } = setUp();
    await load(1);
    await load(2);
    await models.flip('iris', 1);
    expect(served()).toBe('1');
    await models.flip('iris', 2);
    expect(served()).toBe('2');
    await models.flip('iris', null);
    expect(() => served()).toThrow(GatewayError);
  });

  it('leases loaded versions by number, and asks who decides for others', async () => {
    const { models, load } = setUp();
    await load(1);
    await load(2);
    models.update({
      routes: ['iris'],
      statuses: [statusOf('iris')],
      defaultRoute: 'iris',
      readiness: { ready: true },
    });
    await models.flip('iris', 2);
    expect(models.leaseVersion(null, '1')?.lease.servable.version.version).toBe('1');
    expect(models.leaseVersion('iris', '2')?.route).toBe('iris');
    expect(models.leaseVersion('iris', '3')).toBeNull();
    expect(() => models.leaseVersion('rose', '1')).toThrow(/no model is served under the name "rose"/);
    expect(await models.findVersion('iris', { kind: 'label', label: 'champion' })).toBe('7');
    await expect(models.findVersion('rose', { kind: 'version', version: '1' })).rejects.toThrow(/rose/);
  });

  it('hands hints on to who decides', async () => {
    const { models } = setUp();
    const hint = { workspace: null, name: 'iris', change: { kind: 'alias', alias: 'champion' } } as const;
    expect(await models.hint({ ...hint, deliveryId: 'new' })).toBe('accepted');
    expect(await models.hint({ ...hint, deliveryId: 'seen' })).toBe('duplicate');
  });

  it('flips to an edition that is still being loaded as soon as it is there, unless another flip came', async () => {
    const { models, load, loads, served } = setUp();
    await load(1);
    await models.flip('iris', 1);
    const loading = models.load(2, orderOf(2));
    const flips = [models.flip('iris', 2), models.flip('iris', 1)];
    loads.at(-1)!.finish(new FakeInference());
    await Promise.all([loading, ...flips]);
    expect(served()).toBe('1');
    await models.flip('iris', 2);
    expect(served()).toBe('2');
  });

  it('fails a flip to an edition that does not load, and to one that it does not know', async () => {
    const { models, loads } = setUp();
    const loading = models.load(1, orderOf(1));
    const flip = models.flip('iris', 1);
    loads[0]!.fail(new GatewayError('INVALID_MODEL', 'no graph'));
    await expect(loading).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    await expect(flip).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    await expect(models.flip('iris', 7)).rejects.toThrow('no edition 7');
  });

  it('closes an edition after its last lease', async () => {
    const { models, load, closed } = setUp();
    const first = await load(1);
    await models.flip('iris', 1);
    const { lease } = models.lease('iris');
    await load(2);
    await models.flip('iris', 2);
    const retired = models.retire(1);
    expect([first.isClosed, models.isLoaded('iris', '1')]).toEqual([false, false]);
    lease[Symbol.dispose]();
    await retired;
    expect([first.isClosed, closed]).toEqual([true, ['iris 1']]);
    expect(models.isLoaded('iris', '2')).toBe(true);
  });

  it('keeps a retired edition until the one that it was flipped to is loaded', async () => {
    const { models, load, loads, served } = setUp();
    const first = await load(1);
    await models.flip('iris', 1);
    const loading = models.load(2, orderOf(2));
    const flip = models.flip('iris', 2);
    const retired = models.retire(1);
    await turn();
    const { lease } = models.lease('iris');
    expect([lease.servable.version.version, first.isClosed]).toEqual(['1', false]);
    loads.at(-1)!.finish(new FakeInference());
    await Promise.all([loading, flip]);
    expect(served()).toBe('2');
    lease[Symbol.dispose]();
    await retired;
    expect(first.isClosed).toBe(true);
  });

  it('gives up a retired edition when the one that it was flipped to does not load', async () => {
    const { models, load, loads } = setUp();
    const first = await load(1);
    await models.flip('iris', 1);
    const loading = models.load(2, orderOf(2)).catch(() => 'failed');
    const flip = models.flip('iris', 2).catch(() => 'failed');
    const retired = models.retire(1);
    loads.at(-1)!.fail(new GatewayError('INVALID_MODEL', 'no graph'));
    expect(await Promise.all([loading, flip])).toEqual(['failed', 'failed']);
    await retired;
    expect(first.isClosed).toBe(true);
  });

  it('gives a load up that is not wanted any more', async () => {
    const { models, loads, closed } = setUp();
    const loading = models.load(1, orderOf(1));
    const retired = models.retire(1);
    expect(loads[0]!.signal.aborted).toBe(true);
    const late = new FakeInference();
    loads[0]!.finish(late);
    await Promise.all([loading, retired]);
    expect([late.isClosed, closed]).toEqual([true, ['iris 1']]);
  });

  it('grants further copies of a graph what is left of its memory', async () => {
    const { models, load, loads } = setUp({ maxBytes: 2_500 });
    await load(1);
    const giveBack = loads[0]!.reserve();
    expect(giveBack).not.toBeNull();
    expect(loads[0]!.reserve()).toBeNull();
    await load(2); // the coordinator has granted it
    giveBack?.();
    expect(loads[1]!.reserve()).toBeNull();
    await models.retire(1);
    expect(loads[1]!.reserve()).not.toBeNull();
  });

  it('tells what the coordinator told last, and refuses like one process', () => {
    const { models } = setUp();
    expect(models.readiness()).toMatchObject({ ready: false });
    expect(() => models.lease(null)).toThrow(expect.objectContaining({ code: 'MODEL_AMBIGUOUS' }));
    const state = { routes: ['iris', 'wine'], defaultRoute: 'iris', readiness: { ready: true } } as const;
    const inAMinute = new Date(Date.now() + 59_500).toISOString();
    models.update({ ...state, statuses: [statusOf('wine'), statusOf('iris', inAMinute)] });
    expect(models.readiness()).toEqual({ ready: true });
    expect(models.statuses().map(({ name }) => name)).toEqual(['iris', 'wine']);
    expect(() => models.lease(null)).toThrow(
      expect.objectContaining({ code: 'MODEL_NOT_READY', retryAfterSeconds: 60 }),
    );
    expect(() => models.lease('iriss')).toThrow('did you mean "iris"');
    expect([models.configuredRoute(null), models.configuredRoute('other')]).toEqual(['iris', '']);
    models.update({ ...state, routes: ['wine'], statuses: [] });
    expect(() => models.status('iris')).toThrow(expect.objectContaining({ code: 'MODEL_NOT_FOUND' }));
    models.beginShutdown();
    expect(models.readiness()).toMatchObject({ ready: false, reason: 'the server is shutting down' });
  });

  it('hands what operators want to the coordinator', async () => {
    const { models, orders } = setUp();
    expect(await models.operations.pin('iris', '7')).toBe('done');
    await models.operations.rollback('iris');
    expect(orders).toEqual([
      { action: 'pin', route: 'iris', version: '7' },
      { action: 'rollback', route: 'iris', version: null },
    ]);
  });
});
