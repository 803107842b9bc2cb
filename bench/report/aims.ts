import { CAPACITY, HUNDRED_ROWS, ONE_CONNECTION } from '../load/loads.ts';
import { figureOf, findCell, type Metric, type RunReport } from './run-report.ts';

/** What was aimed at, as a ratio of two medians of one run, and what came out. */
export interface AimResult {
  readonly text: string;
  readonly ratio: number | null;
  readonly bound: string;
  /** Null: one of the two figures is missing. */
  readonly isMet: boolean | null;
}

type Comparison = '≥' | '≤' | '<';

interface Aim {
  readonly text: string;
  readonly comparison: Comparison;
  readonly bound: number;
  readonly own: (report: RunReport) => number | null;
  readonly other: (report: RunReport) => number | null;
}

const OWN = 'switchyard';
const MODEL = 'iris';

/** Requests a second at 32 connections, as multiples of the peers'. */
const PEER_FACTORS = [
  ['fastapi-sklearn', 'FastAPI + scikit-learn', 300],
  ['fastapi-onnx', 'FastAPI + onnxruntime', 5],
  ['mlserver', 'MLServer', 100],
  ['mlserver-batching', 'MLServer with adaptive batching', 12],
  ['mlflow-sklearn', 'mlflow models serve, scikit-learn', 150],
  ['mlflow-onnx', 'mlflow models serve, ONNX', 15],
] as const;

const AIMS: readonly Aim[] = [
  cellAim('requests/s at 32 connections, of the design floor’s', CAPACITY, 'requestsPerSecond', [
    'design-floor',
    '≥',
    0.85,
  ]),
  cellAim('p50 at 1 connection, of the design floor’s', ONE_CONNECTION, 'p50Ms', ['design-floor', '≤', 1.25]),
  cellAim('rows/s in bodies of 100 rows, of the design floor’s', HUNDRED_ROWS, 'requestsPerSecond', [
    'design-floor',
    '≥',
    0.8,
  ]),
  ...PEER_FACTORS.map(([target, title, factor]) =>
    cellAim(`requests/s at 32 connections, of ${title}’s`, CAPACITY, 'requestsPerSecond', [
      target,
      '≥',
      factor,
    ]),
  ),
  ...PEER_FACTORS.map(([target, title]) =>
    cellAim(`p99 at 32 connections, of ${title}’s`, CAPACITY, 'p99Ms', [target, '<', 1]),
  ),
  startAim('empty'),
  startAim('filled'),
  {
    text: 'memory with one forest after the load, of FastAPI + scikit-learn’s',
    comparison: '<',
    bound: 1,
    own: (report) => memoryOf(report, OWN),
    other: (report) => memoryOf(report, 'fastapi-sklearn'),
  },
];

/** Judges every aim by the run's medians. */
export function judgeAims(report: RunReport): readonly AimResult[] {
  return AIMS.map(({ text, comparison, bound, own, other }) => {
    const [left, right] = [own(report), other(report)];
    const ratio = left === null || right === null || right === 0 ? null : left / right;
    const isMet = ratio === null ? null : holds(ratio, comparison, bound);
    return { text, ratio, bound: `${comparison} ${Number(bound.toFixed(2))}`, isMet };
  });
}

function holds(ratio: number, comparison: Comparison, bound: number): boolean {
  if (comparison === '≥') return ratio >= bound;
  return comparison === '≤' ? ratio <= bound : ratio < bound;
}

function cellAim(
  text: string,
  load: string,
  metric: Metric,
  [other, comparison, bound]: readonly [target: string, Comparison, number],
): Aim {
  const medianOf = (target: string) => (report: RunReport) =>
    figureOf(findCell(report, MODEL, load, target), metric)?.median ?? null;
  return { text, comparison, bound, own: medianOf(OWN), other: medianOf(other) };
}

function startAim(cache: 'empty' | 'filled'): Aim {
  const startOf = (report: RunReport, target: string, kind: 'empty' | 'filled') =>
    report.starts.find((start) => start.target === target && start.cache === kind)?.firstAnswerMs.median ??
    null;
  return {
    text: `process start to first answer with ${cache === 'empty' ? 'an empty' : 'a filled'} cache, of FastAPI + scikit-learn’s`,
    comparison: '<',
    bound: 1 / 3,
    own: (report) => startOf(report, OWN, cache),
    other: (report) => startOf(report, 'fastapi-sklearn', 'empty'),
  };
}

function memoryOf(report: RunReport, target: string): number | null {
  return report.memory.find((memory) => memory.target === target)?.afterLoadMiB ?? null;
}
