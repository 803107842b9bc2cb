import type { ErrorRecord } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { Tensor } from '../model/tensor.ts';

/** What a worker thread is asked to do. Each call is answered with one `WorkerReply` of the same `call`. */
export type WorkerCall =
  /** Answered with `outputs: null` once the session is there. */
  | { readonly kind: 'load'; readonly call: number; readonly session: number; readonly graph: Graph }
  /** The buffers of `inputs` come as transfers if the run starts at once, else as copies. */
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
  /** Of a run that succeeded, else `null`. The buffers come as transfers. */
  readonly outputs: readonly Tensor[] | null;
  /** What the run took, in milliseconds; 0 for what is no run. */
  readonly runMs: number;
  readonly failure: ErrorRecord | null;
}

/** Tensors that can be posted, and the buffers that go with them instead of being copied. */
export interface Shipment {
  readonly tensors: readonly Tensor[];
  readonly transfer: ArrayBuffer[];
}

/** Below this many bytes a copy costs less than a transfer. */
const TRANSFER_MIN_BYTES = 4096;

/** Prepares tensors that the sender owns for posting; those of more than a few KiB are gone for the sender after it. */
export function ship(tensors: readonly Tensor[]): Shipment {
  const transfer: ArrayBuffer[] = [];
  const shipped = tensors.map((tensor) => {
    const { data } = tensor;
    if (Array.isArray(data)) return tensor;
    const isWhole = data.byteLength === data.buffer.byteLength && data.buffer instanceof ArrayBuffer;
    if (isWhole && data.byteLength < TRANSFER_MIN_BYTES) return tensor;
    // A view would take the whole buffer with it, and whatever else lies there.
    const own = isWhole ? data : data.slice();
    transfer.push(own.buffer as ArrayBuffer);
    return { ...tensor, data: own };
  });
  return { tensors: shipped, transfer };
}

/** Prepares tensors for posting as copies. A view would be copied with all of its buffer, so it is taken out first. */
export function withoutNeighbours(tensors: readonly Tensor[]): readonly Tensor[] {
  return tensors.map((tensor) => {
    const { data } = tensor;
    if (Array.isArray(data) || data.byteLength === data.buffer.byteLength) return tensor;
    return { ...tensor, data: data.slice() };
  });
}
