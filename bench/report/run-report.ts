import type { LoadResult } from '../load/load-job.ts';
import { type Figure, summarize } from '../statistics.ts';

/** One target under one load with one model. */
export interface Cell {
  readonly model: string;
  readonly load: string;
  readonly target: string;
  /** Requests a second that an open loop sent; null: closed loop. */
  readonly rate: number | null;
  readonly rounds: readonly LoadResult[];
  /** Why its figures are void: an error or an answer outside 2xx in any round, or a server that did not come up. */
  readonly voided: string | null;
}

/** Milliseconds from the start of the process to its first right answer. */
export interface StartFigures {
  readonly target: string;
  /** Filled: of a server that keeps something between two starts, its second start in the same place. */
  readonly cache: 'empty' | 'filled';
  readonly firstAnswerMs: Figure;
}

export interface MemoryFigures {
  readonly target: string;
  /** Just started, and after the load. Several processes: what they share counts once. */
  readonly idleMiB: number;
  readonly afterLoadMiB: number;
  readonly processes: number;
}

/** All that a run found out, as it is written to the results. */
export interface RunReport {
  readonly machine: string;
  readonly node: string;
  readonly commit: string;
  readonly date: string;
  readonly entry: string;
  readonly isPinned: boolean;
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly cells: readonly Cell[];
  /** Both with the first model alone. */
  readonly starts: readonly StartFigures[];
  readonly memory: readonly MemoryFigures[];
  /** Targets that could not be measured, and why. */
  readonly missing: readonly { readonly target: string; readonly reason: string }[];
}

/** What the rounds of a cell measured. */
export type Metric = 'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'p999Ms' | 'cpuMicrosPerRequest';

/**
 * Rounds in which a starved server answered nothing have no latencies, and count only for throughput.
 *
 * @returns null if the cell is void, or a round gives no such figure
 */
export function figureOf(cell: Cell | undefined, metric: Metric): Figure | null {
  if (cell === undefined || cell.voided !== null) return null;
  const values = cell.rounds.map((round) => round[metric]);
  return values.includes(null) ? null : summarize((values as number[]).filter(Number.isFinite));
}

export function findCell(
  report: Pick<RunReport, 'cells'>,
  model: string,
  load: string,
  target: string,
): Cell | undefined {
  return report.cells.find((cell) => cell.model === model && cell.load === load && cell.target === target);
}

/**
 * The ratio of the medians of two cells. Its extremes are those of the rounds, in each of which the two were measured
 * one soon after the other.
 */
export function ratioOf(own: Cell | undefined, other: Cell | undefined, metric: Metric): Figure | null {
  const [left, right] = [figureOf(own, metric), figureOf(other, metric)];
  if (left === null || right === null) return null;
  const ratios = own!.rounds.map((round, index) => round[metric]! / other!.rounds[index]![metric]!);
  return { ...summarize(ratios.filter(Number.isFinite))!, median: left.median / right.median };
}
