import type { ErrorRecord } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { TrialReport, TrialRun } from './engine.ts';

/** What the trial process is asked to try; one at a time. */
export interface TrialOrder {
  readonly graph: Graph;
  readonly runs: readonly TrialRun[];
}

/** What the trial process tells. `residentBytes` is its size then, with nothing loaded. */
export type TrialNews =
  /** Started; sent once. */
  | { readonly kind: 'ready'; readonly residentBytes: number }
  /** The session is there; the runs come next. */
  | { readonly kind: 'loaded' }
  /** `peakBytes`: how much the process had grown at most. */
  | {
      readonly kind: 'done';
      readonly report: TrialReport;
      readonly peakBytes: number;
      readonly residentBytes: number;
    }
  /** The graph cannot be loaded. */
  | { readonly kind: 'refused'; readonly failure: ErrorRecord; readonly residentBytes: number };
