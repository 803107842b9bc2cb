import { describe, expect, it } from 'vitest';
import { type AimResult, judgeAims } from '../../../bench/report/aims.ts';
import type { Cell, RunReport } from '../../../bench/report/run-report.ts';
import { cell, report, round } from './sample-report.ts';

function judge(changes: Partial<RunReport>, text: string): AimResult {
  const found = judgeAims(report(changes)).find((aim) => aim.text.startsWith(text));
  if (found === undefined) throw new Error(`no aim begins with "${text}"`);
  return found;
}

const FLOOR = 'requests/s at 32 connections, of the design floor';

describe('judgeAims', () => {
  it('divides the medians of the rounds', () => {
    const cells = [cell('switchyard', [10, 900, 860]), cell('design-floor', [1_000, 5_000, 700])];
    expect(judge({ cells }, FLOOR)).toMatchObject({ ratio: 0.86, bound: '≥ 0.85', isMet: true });
  });

  it.each([
    [850, true],
    [849, false],
  ])('takes %d of 1000 against an aim of 0.85 as %s', (own, isMet) => {
    const cells = [cell('switchyard', [own]), cell('design-floor', [1_000])];
    expect(judge({ cells }, FLOOR).isMet).toBe(isMet);
  });

  it('wants a latency to be lower', () => {
    const latency = (target: string, p99Ms: number): Cell => ({
      ...cell(target, []),
      rounds: [round({ p99Ms })],
    });
    const text = 'p99 at 32 connections, of FastAPI + onnxruntime';
    expect(judge({ cells: [latency('switchyard', 3), latency('fastapi-onnx', 4)] }, text).isMet).toBe(true);
    expect(judge({ cells: [latency('switchyard', 4), latency('fastapi-onnx', 4)] }, text).isMet).toBe(false);
  });

  it('judges nothing by a void figure, or without the other one', () => {
    const own = cell('switchyard', [900]);
    const voided = cell('design-floor', [1_000], { voided: 'an answer has the status 500' });
    expect(judge({ cells: [own, voided] }, FLOOR)).toMatchObject({ ratio: null, isMet: null });
    expect(judge({ cells: [own] }, FLOOR)).toMatchObject({ ratio: null, isMet: null });
  });

  it('compares starts with each state of the cache', () => {
    const figure = (value: number) => ({ median: value, min: value, max: value });
    const starts = [
      { target: 'switchyard', cache: 'empty', firstAnswerMs: figure(400) },
      { target: 'switchyard', cache: 'filled', firstAnswerMs: figure(200) },
      { target: 'fastapi-sklearn', cache: 'empty', firstAnswerMs: figure(1_000) },
    ] as const;
    expect(judge({ starts }, 'process start to first answer with an empty cache').isMet).toBe(false);
    expect(judge({ starts }, 'process start to first answer with a filled cache').isMet).toBe(true);
  });

  it('compares the memory after the load', () => {
    const memory = [
      { target: 'switchyard', idleMiB: 500, afterLoadMiB: 150, processes: 1 },
      { target: 'fastapi-sklearn', idleMiB: 100, afterLoadMiB: 200, processes: 1 },
    ];
    expect(judge({ memory }, 'memory')).toMatchObject({ ratio: 0.75, isMet: true });
  });
});
