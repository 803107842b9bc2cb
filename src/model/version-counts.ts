/** How often something happened, and how long it took in all. */
export interface TimedCount {
  readonly count: number;
  readonly seconds: number;
}

/** What was counted of one version under one route since it was loaded for the first time. */
export interface VersionCounts {
  /** The route's name. */
  readonly model: string;
  readonly version: string;
  /** Requests from their head to their answer, through every protocol. */
  readonly answered: TimedCount;
  readonly failed: TimedCount;
  /** The parts of those that were answered. */
  readonly parse: TimedCount;
  readonly queue: TimedCount;
  readonly inference: TimedCount;
  readonly encode: TimedCount;
  /** Runs of the graph, and rows in all of them. */
  readonly runs: number;
  readonly rows: number;
  /** When a request was answered last, in seconds since the epoch; 0: never. */
  readonly lastAt: number;
}

/** What has been counted of every version, in all processes that answer. */
export type ReadVersionCounts = () => Promise<readonly VersionCounts[]>;

const NONE: TimedCount = { count: 0, seconds: 0 };

/** The counts of a version that no request has met. */
export function noCounts(model: string, version: string): VersionCounts {
  const times = { answered: NONE, failed: NONE, parse: NONE, queue: NONE, inference: NONE, encode: NONE };
  return { model, version, ...times, runs: 0, rows: 0, lastAt: 0 };
}
