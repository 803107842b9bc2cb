import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';
import type { MetricValues } from '../../src/observability/metrics.ts';
import type { GroupState, MemberSettings } from '../../src/processes/messages.ts';
import { ProcessGroup } from '../../src/processes/process-group.ts';
import { orderOf } from './orders.ts';

const STATE: GroupState = {
  routes: ['iris'],
  statuses: [],
  defaultRoute: null,
  readiness: { ready: true },
};
const PORTS = { port: 8000, metricsPort: null, grpcPort: null };
const NEVER = new AbortController().signal;

function setUp({ size = 2, host = '127.0.0.1', patiencePings = 30 } = {}) {
  const deaths: ModelVersion[] = [];
  const lost: string[] = [];
  const lostCounts: MetricValues[] = [];
  const serving: number[] = [];
  let onServing = () => {};
  const group = new ProcessGroup({
    size,
    settings: { host, shutdownDelayMs: 0, drainTimeoutMs: 0 } as MemberSettings,
    handlers: {
      operate: () => 'done',
      hint: () => 'ignored',
      findVersion: () => '1',
      scrape: () => '',
      countAll: () => [],
    },
    fullState: () => STATE,
    onServing: (pid) => {
      serving.push(pid);
      onServing();
    },
    onLost: (_pid, how) => lost.push(how),
    onCountLost: (values) => lostCounts.push(values),
    onDeath: async (version) => void deaths.push(version),
    patiencePings,
    entry: new URL('./fake-member.ts', import.meta.url),
  });
  onTestFinished(() => group.close());
  /** Resolves once so many members have come to serve since the start. */
  const untilServed = async (count: number) => {
    while (serving.length < count) {
      await new Promise<void>((resolve) => {
        onServing = resolve;
      });
    }
  };
  /** What each member was told, in order. */
  const calls = async () =>
    (await group.count()).map((values) => values[0]!.values.map(({ labels }) => String(labels.call)));
  return { group, deaths, lost, lostCounts, serving, untilServed, calls };
}

describe('ProcessGroup', () => {
  it('starts all, tells where they listen, and ends with the worst of their ends', async () => {
    const { group, serving } = setUp();
    expect(await group.open(PORTS)).toMatchObject({ url: 'http://127.0.0.1:8000' });
    expect(serving).toHaveLength(2);
    expect(await group.stop()).toBe('drained');

    const slow = setUp({ host: 'slow' });
    await slow.group.open(PORTS);
    expect(await slow.group.stop()).toBe('cut-off');
    expect(slow.lost).toEqual([]);
  });

  it('says why a member could not start', async () => {
    const { group } = setUp();
    const opening = group.open({ ...PORTS, port: 1 });
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_SETTING', message: 'the port is taken' });
  });

  it('loads everywhere before it flips, and gives up what was replaced only after the flip', async () => {
    const { group, calls } = setUp();
    await group.open(PORTS);
    await group.load({ id: 1, order: orderOf(1) }, NEVER);
    await group.flip('iris', 1);
    await group.load({ id: 2, order: orderOf(2) }, NEVER);
    const retired = group.retire(1);
    await group.flip('iris', 2);
    await retired;
    const told = ['tell iris', 'listen', 'load 1', 'flip iris 1', 'load 2', 'flip iris 2', 'retire 1'];
    expect(await calls()).toEqual([told, told]);
  });

  it('loses one member at most to a version that kills its process, and remembers it', async () => {
    const { group, deaths, lost, calls, untilServed } = setUp();
    await group.open(PORTS);
    const order = orderOf(3, 'deadly');
    const load = group.load({ id: 1, order }, NEVER);
    await expect(load).rejects.toMatchObject({ code: 'LOAD_CRASHED' });
    expect(deaths).toEqual([order.version]);
    await untilServed(3);
    expect(lost).toEqual(['died of SIGKILL (the system may have run out of memory)']);
    for (const told of await calls()) expect(told).not.toContain('load 1');
  });

  it('does without a member that hangs, whose end is not held against the version', async () => {
    const { group, deaths, lost, serving, calls, untilServed } = setUp({ patiencePings: 1 });
    await group.open(PORTS);
    process.kill(serving[0]!, 'SIGSTOP');
    await group.load({ id: 1, order: orderOf(1) }, NEVER);
    await group.flip('iris', 1);
    await untilServed(3);
    expect(lost).toEqual(['did not answer for 1 s and was killed']);
    expect(deaths).toEqual([]);
    for (const told of await calls()) expect(told).toEqual(expect.arrayContaining(['load 1', 'flip iris 1']));
  });

  it('leaves nothing of a version that does not load', async () => {
    const { group, deaths, calls } = setUp();
    await group.open(PORTS);
    const load = group.load({ id: 1, order: orderOf(1, 'broken') }, NEVER);
    await expect(load).rejects.toMatchObject({ code: 'INVALID_MODEL', message: 'no graph' });
    expect(deaths).toEqual([]);
    expect((await calls()).map((told) => told.at(-1))).toEqual(['retire 1', 'retire 1']);
  });

  it('gives a load up when nobody wants it any more', async () => {
    const { group, calls } = setUp();
    await group.open(PORTS);
    const abort = new AbortController();
    const load = group.load({ id: 1, order: orderOf(1, 'endless') }, abort.signal);
    const reason = new GatewayError('LOAD_FAILED', 'another version is wanted by now');
    abort.abort(reason);
    await expect(load).rejects.toBe(reason);
    expect((await calls()).map((told) => told.at(-1))).toEqual(['retire 1', 'retire 1']);
  });

  it('replaces a member by one that does what the others do before it listens', async () => {
    const { group, calls, lost, lostCounts, serving, untilServed } = setUp();
    await group.open(PORTS);
    await group.load({ id: 1, order: orderOf(1) }, NEVER);
    await group.load({ id: 2, order: orderOf(2) }, NEVER);
    await group.flip('iris', 2);
    const before = await calls();
    process.kill(serving[0]!, 'SIGKILL');
    await untilServed(3);
    expect(lost).toEqual(['died of SIGKILL (the system may have run out of memory)']);
    expect(lostCounts[0]?.[0]?.values).toHaveLength(before[0]!.length);
    expect((await calls())[1]).toEqual(['load 1', 'load 2', 'flip iris 2', 'tell iris', 'listen']);
  });

  it('counts what a member had counted that dies meanwhile once, among what is lost', async () => {
    const { group, serving, lostCounts } = setUp();
    await group.open(PORTS);
    const before = await group.count();
    process.kill(serving[0]!, 'SIGSTOP');
    const counting = group.count();
    // The other one dies of this after it has told its own.
    await expect(group.load({ id: 2, order: orderOf(2, 'deadly') }, NEVER)).rejects.toThrow(
      'died of SIGKILL',
    );
    expect([before.length, (await counting).length, lostCounts.length]).toEqual([2, 1, 1]);
  });

  it('ends a member that cannot serve what the others serve', async () => {
    const { group, lost, untilServed } = setUp({ size: 1 });
    await group.open(PORTS);
    await group.load({ id: 1, order: orderOf(1) }, NEVER);
    await group.flip('unflippable', 1);
    await group.flip('unflippable', null);
    await untilServed(2);
    expect(lost).toEqual([expect.stringMatching(/^could not serve .*: Error: there is no such edition/)]);
  });

  it('refuses a load while nobody answers', async () => {
    const { group, serving, untilServed } = setUp({ size: 1 });
    await group.open(PORTS);
    const dying = group.load({ id: 1, order: orderOf(3, 'deadly') }, NEVER);
    await expect(dying).rejects.toMatchObject({ code: 'LOAD_CRASHED' });
    const load = group.load({ id: 2, order: orderOf(2) }, NEVER);
    await expect(load).rejects.toMatchObject({ code: 'MODEL_NOT_READY' });
    await untilServed(2);
    await group.load({ id: 3, order: orderOf(3) }, NEVER);
    expect(serving).toHaveLength(2);
  });
});
