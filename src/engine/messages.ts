import type { ErrorRecord } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { Tensor } from '../model/tensor.ts';

/** What a worker thread is asked to do. Each call is answered with one `WorkerReply` of the same `call`. */
export type WorkerCall =
  /** Answered with `outputs: null` once the session is there. */
  | { readonly kind: 'load'; readonly call: number; readonly session: number; readonly graph: Graph }
  /** Large buffers of `inputs` come as transfers if the run starts at once, else as copies. */
  | {
      readonly kind: 'run';
      readonly call: number;
      readonly session: number;
      readonly inputs: readonly Tensor[];
    }
  /** Releases the session after its runs in flight; no such session is fine. */
  | { readonly kind: 'close'; readonly call: number; readonly session: number };

export interface WorkerReply {
  readonly call: number;
  /** Of a run that succeeded, else `null`. Large buffers come as transfers. */
  readonly outputs: readonly Tensor[] | null;
  /** What the run took, in milliseconds; 0 for what is no run. */
  readonly runMs: number;
  readonly failure: ErrorRecord | null;
}
