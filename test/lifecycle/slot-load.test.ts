import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { SlotLoad } from '../../src/lifecycle/slot-load.ts';
import { TestLoad } from './slot-fixture.ts';
import { versionOf } from './versions.ts';

const reason = new GatewayError('LOAD_FAILED', 'not wanted');
const { signal } = new AbortController();

function setUp(heedsAbort = true) {
  const loads: TestLoad[] = [];
  const outcomes: unknown[] = [];
  let time = 0;
  const load = new SlotLoad({
    load: (request, abort) => {
      loads.push(new TestLoad(request, abort, heedsAbort));
      return loads.at(-1)!.result;
    },
    onLoaded: ({ version }, seconds) => outcomes.push(['loaded', version.version, seconds]),
    onFailed: ({ version }, { code }, seconds) => outcomes.push(['failed', version, code, seconds]),
    now: () => time,
  });
  const start = (version: number) => {
    load.start({
      route: 'iris',
      version: versionOf(version),
      policy: { batching: true, signature: 'any', placement: 'auto', invocations: null, precision: 'double' },
      reference: null,
      hasFallback: false,
    });
    return loads.at(-1)!;
  };
  const pass = (ms: number) => {
    time += ms;
  };
  return { load, start, outcomes, pass };
}

describe('SlotLoad', () => {
  it('hands a loaded servable over, with the time that it took', async () => {
    const { load, start, outcomes, pass } = setUp();
    const running = start(1);
    expect(load.version?.version).toBe('1');
    pass(1_500);
    running.resolve();
    await load.settled(signal);
    expect(outcomes).toEqual([['loaded', '1', 1.5]]);
    expect(load.version).toBeNull();
  });

  it('tells why a load failed, and what is no error of ours as one', async () => {
    const { load, start, outcomes } = setUp();
    start(1).fail(new GatewayError('INVALID_MODEL', 'no graph'));
    await load.settled(signal);
    start(2).fail(new TypeError('a bug'));
    await load.settled(signal);
    expect(outcomes).toEqual([
      ['failed', '1', 'INVALID_MODEL', 0],
      ['failed', '2', 'INTERNAL', 0],
    ]);
  });

  it('tells nothing of an abandoned load', async () => {
    const { load, start, outcomes } = setUp();
    const abandoned = start(1);
    load.abandon(reason);
    expect(load.version).toBeNull();
    expect(abandoned.signal.reason).toBe(reason);
    await load.ended();
    expect(outcomes).toEqual([]);
  });

  it('closes what an abandoned load still brings, while the next one runs', async () => {
    const { load, start, outcomes } = setUp(false);
    const abandoned = start(1);
    load.abandon(reason);
    const next = start(2);
    const { inference, releases } = abandoned.resolve();
    await turn();
    expect([inference.closeCalls, releases()]).toEqual([1, 1]);
    expect(load.version?.version).toBe('2');
    next.resolve();
    await load.settled(signal);
    expect(outcomes).toEqual([['loaded', '2', 0]]);
  });

  it('settles when a load is abandoned, and only then ends when it notices', async () => {
    const { load, start } = setUp(false);
    const abandoned = start(1);
    const settled = load.settled(signal);
    let hasEnded = false;
    load.abandon(reason);
    const ended = load.ended().then(() => {
      hasEnded = true;
    });
    await settled;
    await turn();
    expect(hasEnded).toBe(false);
    abandoned.fail(new Error('noticed'));
    await ended;
  });

  it('settles once the load that took the place of another has ended', async () => {
    const { load, start } = setUp();
    start(1);
    let isSettled = false;
    const settled = load.settled(signal).then(() => {
      isSettled = true;
    });
    load.abandon(reason);
    const next = start(2);
    await turn();
    expect(isSettled).toBe(false);
    next.resolve();
    await settled;
  });

  it('settles when whoever waits has no patience any more', async () => {
    const { load, start } = setUp();
    start(1);
    const patience = new AbortController();
    const settled = load.settled(patience.signal);
    patience.abort();
    await settled;
    expect(load.version?.version).toBe('1');
    load.abandon(reason);
  });

  it('is settled and ended when there is nothing to load', async () => {
    const { load } = setUp();
    load.abandon(reason);
    await Promise.all([load.settled(signal), load.ended()]);
  });
});
