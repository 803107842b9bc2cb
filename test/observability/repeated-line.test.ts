import { describe, expect, it } from 'vitest';
import { RepeatedLine } from '../../src/observability/repeated-line.ts';

function setUp() {
  const clock = { now: 0 };
  return { clock, line: new RepeatedLine(() => clock.now) };
}

describe('RepeatedLine', () => {
  it('is said at once, and then again every ten minutes, with what was left out', () => {
    const { clock, line } = setUp();
    const said: unknown[] = [];
    for (; clock.now <= 1_200_000; clock.now += 5_000) {
      const repetition = line.begin('down');
      if (repetition !== null) said.push([clock.now, repetition]);
    }
    expect(said).toEqual([
      [0, { unsaid: 0, forMs: 0 }],
      [600_000, { unsaid: 119, forMs: 600_000 }],
      [1_200_000, { unsaid: 119, forMs: 1_200_000 }],
    ]);
  });

  it('is said in other words at most once a minute', () => {
    const { clock, line } = setUp();
    let said = 0;
    for (let count = 0; count < 720; count += 1, clock.now += 5_000) {
      if (line.begin(`trouble ${count}`) !== null) said += 1;
    }
    expect(said).toBe(60);
  });

  it('is said once a minute of what goes on and off, and its end as often', () => {
    const { clock, line } = setUp();
    const counts = { begun: 0, ended: 0 };
    for (let count = 0; count < 360; count += 1, clock.now += 10_000) {
      if (line.begin('down') !== null) counts.begun += 1;
      clock.now += 5_000;
      if (line.end() !== null) counts.ended += 1;
      clock.now -= 5_000;
    }
    expect(counts).toEqual({ begun: 60, ended: 60 });
  });

  it('has no end where it had no beginning', () => {
    expect(setUp().line.end()).toBeNull();
  });

  it('tells how long it was', () => {
    const { clock, line } = setUp();
    line.begin('down');
    clock.now = 7_000;
    line.begin('down');
    clock.now = 9_000;
    expect(line.end()).toEqual({ unsaid: 1, forMs: 9_000 });
  });
});
