import { describe, expect, it } from 'vitest';
import { MeasuredWindow } from '../../../bench/load/measured-window.ts';

describe('MeasuredWindow', () => {
  it('counts the answers that came within it', () => {
    const window = new MeasuredWindow(1_000, 2_000);
    window.add(900, 999);
    window.add(950, 1_000);
    window.add(1_500, 1_600);
    window.add(1_990, 2_000);
    expect(window.summarize()).toMatchObject({ answers: 2, requestsPerSecond: 2 });
  });

  it('takes the latencies of the requests that began within it, also those that are answered later', () => {
    const window = new MeasuredWindow(1_000, 2_000);
    window.add(990, 1_990);
    window.add(1_500, 1_510);
    window.add(1_900, 9_900);
    expect(window.summarize()).toMatchObject({ p50Ms: 10, p99Ms: 8_000, maxMs: 8_000 });
  });

  it('tells how many answers it has seen, within it or not', () => {
    const window = new MeasuredWindow(0, 10);
    window.add(-2, -1);
    window.add(1, 3);
    expect(window.answersSeen).toBe(2);
  });

  it('gives the slowest in a thousand only of a thousand', () => {
    const window = new MeasuredWindow(0, 10_000);
    for (let index = 0; index < 999; index++) window.add(0, index);
    expect(window.summarize().p999Ms).toBeNull();
    window.add(0, 5_000);
    expect(window.summarize().p999Ms).toBe(998);
  });
});
