import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RunSlots, SHORT_RUN_MS } from '../../src/engine/run-slots.ts';

const LONG = 10 * SHORT_RUN_MS;

/** Sessions of models, each on a lane of its own, whose runs end when the test says so. */
function setUp(count: number) {
  let now = 0;
  const slots = new RunSlots(count, () => now);
  const begun: string[] = [];
  const session = (name: string, model: object) => {
    const lane = { inFlight: 0 };
    slots.join(model);
    return {
      ask: (expectedMs: number) =>
        slots.request({
          model,
          lane,
          expectedMs,
          onTurn: () => {
            begun.push(name);
            lane.inFlight++;
            slots.begin(model, lane, expectedMs);
          },
        }),
      pass: () => slots.request({ model, lane, expectedMs: 1, onTurn: () => begun.push(`${name} passes`) }),
      end: (tookMs: number) => {
        lane.inFlight--;
        slots.end(model, lane, tookMs);
      },
    };
  };
  const later = (ms: number) => {
    now += ms;
  };
  return { session, begun, later };
}

describe('RunSlots', () => {
  it('lets as many run at once as there are slots', async () => {
    const { session, begun } = setUp(2);
    const sessions = ['a', 'b', 'c'].map((name) => session(name, { name }));
    for (const each of sessions) each.ask(1);
    await turn();
    expect(begun).toEqual(['a', 'b']);
    sessions[0]!.end(1);
    await turn();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('gives the next turn to the model that was served least', async () => {
    const { session, begun } = setUp(1);
    const [heavy, light] = [session('heavy', {}), session('light', {})];
    heavy.ask(10);
    await turn();
    for (let round = 0; round < 3; round++) {
      if (round === 0) light.ask(1);
      heavy.end(10);
      heavy.ask(10);
      await turn();
      expect(begun.at(-1)).toBe('light');
      light.end(1);
      await turn();
      expect(begun.at(-1)).toBe('heavy');
      light.ask(1);
    }
  });

  it('gives no credit for time in which a model asked for nothing', async () => {
    const { session, begun } = setUp(1);
    const [busy, idle] = [session('busy', {}), session('idle', {})];
    for (let run = 0; run < 100; run++) {
      busy.ask(10);
      await turn();
      busy.end(10);
    }
    begun.length = 0;
    for (let run = 0; run < 10; run++) {
      busy.ask(10);
      idle.ask(10);
      await turn();
      const first = begun.at(-1);
      (first === 'busy' ? busy : idle).end(10);
      await turn();
      (first === 'busy' ? idle : busy).end(10);
    }
    expect(begun.filter((name) => name === 'busy')).toHaveLength(10);
  });

  it('runs a short one beside long ones that have taken every slot, one at a time', async () => {
    const { session, begun } = setUp(1);
    const [long, short, other] = [session('long', {}), session('short', {}), session('other', {})];
    long.ask(LONG);
    await turn();
    short.ask(1);
    other.ask(1);
    await turn();
    expect(begun).toEqual(['long', 'short']);
    short.end(1);
    await turn();
    expect(begun).toEqual(['long', 'short', 'other']);
  });

  it('keeps the last slot from the long runs of one model while another is active, and only then', async () => {
    const { session, begun, later } = setUp(2);
    const greedy = {};
    const [first, second] = [session('first', greedy), session('second', greedy)];
    const other = session('other', {});
    other.ask(LONG);
    await turn();
    other.end(LONG);
    first.ask(LONG);
    second.ask(LONG);
    await turn();
    expect(begun).toEqual(['other', 'first']);
    other.ask(LONG);
    await turn();
    expect(begun.at(-1)).toBe('other');
    other.end(LONG);
    later(60_001);
    first.end(LONG);
    first.ask(LONG);
    await turn();
    expect(begun.slice(3).sort()).toEqual(['first', 'second']);
  });

  it('hands a short run to its busy lane while nobody waits for a free one', async () => {
    const { session, begun } = setUp(2);
    const a = session('a', {});
    a.ask(1);
    await turn();
    a.ask(1);
    await turn();
    expect(begun).toEqual(['a', 'a']);
    a.ask(LONG);
    await turn();
    expect(begun).toHaveLength(2);
  });

  it('goes on when a turn is not used', async () => {
    const { session, begun } = setUp(1);
    session('a', {}).pass();
    session('b', {}).ask(1);
    await turn();
    expect(begun).toEqual(['a passes', 'b']);
  });
});
