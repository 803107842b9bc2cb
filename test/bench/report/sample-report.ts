import type { LoadResult } from '../../../bench/load/load-job.ts';
import type { Cell, RunReport } from '../../../bench/report/run-report.ts';

/** One round of a load. */
export function round(figures: Partial<LoadResult>): LoadResult {
  return {
    answers: 1_000,
    requestsPerSecond: 1_000,
    p50Ms: 1,
    p99Ms: 2,
    p999Ms: 3,
    maxMs: 4,
    cpuMicrosPerRequest: 30,
    generatorBusy: 0.5,
    othersBusy: 0,
    failure: null,
    ...figures,
  };
}

/** A cell of iris at 32 connections, with one round for each throughput. */
export function cell(target: string, throughputs: readonly number[], changes: Partial<Cell> = {}): Cell {
  const rounds = throughputs.map((requestsPerSecond) => round({ requestsPerSecond }));
  return { model: 'iris', load: 'many', target, rate: null, rounds, voided: null, ...changes };
}

export function report(changes: Partial<RunReport>): RunReport {
  return {
    machine: 'a machine',
    node: 'v26.0.0',
    commit: 'abc',
    date: '2026-01-01',
    entry: 'dist/main.js',
    isPinned: true,
    rounds: 3,
    secondsPerRound: 1,
    cells: [],
    starts: [],
    memory: [],
    missing: [],
    ...changes,
  };
}
