import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { describeSlot } from '../../src/lifecycle/model-status.ts';
import { CLASSIFIER } from './prepared-models.ts';
import { servableOf } from './servables.ts';
import { found, type SlotFixtureOptions, setUpSlots } from './slot-fixture.ts';
import { versionOf } from './versions.ts';

const [v1, v2, v3] = [versionOf(1), versionOf(2), versionOf(3)];
const loaded = (version: number) => ({
  version: String(version),
  runId: `run-${version}`,
  digest: 'sha256:0',
  loadedAt: '1970-01-01T00:00:00.000Z',
});
const known = (version: number) => ({
  version: String(version),
  runId: `run-${version}`,
  digest: null,
  loadedAt: null,
});

async function setUp(options: SlotFixtureOptions = {}) {
  const slots = await setUpSlots(options);
  return { ...slots, ...(await slots.start()) };
}

describe('describeSlot', () => {
  it('tells where each version stands', async () => {
    const { controller, finishLoad, loads } = await setUp();
    for (const version of [v1, v2]) {
      controller.observe(found(version));
      await finishLoad();
    }
    controller.observe(found(v3, ['Production holds 2 and 3']));
    await loads.next();
    expect(describeSlot(controller)).toMatchObject({
      name: 'iris',
      registeredName: 'iris',
      uri: 'models:/iris/Production',
      ready: true,
      current: loaded(2),
      desired: known(3),
      previous: loaded(1),
      loading: known(3),
      draining: [],
      hold: null,
      lastError: null,
      nextRetryAt: null,
      notes: ['Production holds 2 and 3'],
      inputs: [{ name: 'x', type: 'float32', shape: [-1, 2] }],
      outputs: [{ name: 'y', type: 'float32', shape: [-1, 1] }],
      labels: null,
      signature: {
        source: 'mlmodel',
        task: 'regressor',
        probabilities: null,
        columns: [
          { name: 'a', type: 'double', required: true, nullable: true },
          { name: 'b', type: 'double', required: true, nullable: true },
        ],
      },
      placement: { placement: 'inline', reason: 'a test', loadMs: 1, runMs: 0.1 },
    });
  });

  it('has a previous version that is cold, and one that drains', async () => {
    const { controller, finishLoad } = await setUp();
    controller.observe(found(v1));
    await finishLoad();
    using lease = controller.slot.lease()!;
    controller.observe(found(v2));
    await finishLoad();
    void controller.slot.coolPrevious();
    expect(lease.servable.version).toBe(v1);
    expect(describeSlot(controller)).toMatchObject({ previous: known(1), draining: [loaded(1)] });
  });

  it('tells what failed and when it is tried again, beside what is held', async () => {
    const { controller, loads } = await setUp({ now: () => 0 });
    void controller.setHold({ kind: 'pin', version: v3, desired: null });
    (await loads.next()).fail(new GatewayError('ARTIFACT_UNAVAILABLE', 'the store is down'));
    await turn();
    expect(describeSlot(controller)).toMatchObject({
      ready: false,
      current: null,
      hold: { kind: 'pin', version: '3' },
      lastError: {
        code: 'ARTIFACT_UNAVAILABLE',
        message: 'the store is down',
        at: '1970-01-01T00:00:00.000Z',
      },
      nextRetryAt: '1970-01-01T00:00:01.000Z',
      inputs: null,
      outputs: null,
      labels: null,
      signature: null,
      placement: null,
    });
  });

  it('tells labels as texts, and whether scores are probabilities', async () => {
    const { controller } = await setUp();
    const labels = [9_007_199_254_740_993n, -7n];
    const task = { ...CLASSIFIER.task, labels, scores: 'probabilities' } as typeof CLASSIFIER.task;
    controller.slot.replace(servableOf(1, { signature: { ...CLASSIFIER, task }, notes: ['own'] }).servable);
    const status = describeSlot(controller);
    expect(status).toMatchObject({
      labels: ['9007199254740993', '-7'],
      signature: { task: 'classifier', probabilities: true },
      notes: ['own'],
    });
    expect(() => JSON.stringify(status)).not.toThrow();
  });
});
