import type { Tensor } from './tensor.ts';

/** Tensors that can be posted to another thread, and the buffers that go with them instead of being copied. */
export interface Shipment {
  readonly tensors: readonly Tensor[];
  readonly transfer: ArrayBuffer[];
}

/** Below this many bytes a copy costs less than a transfer. */
const TRANSFER_MIN_BYTES = 4096;

/** Prepares tensors that the sender owns for posting; those of more than a few KiB are gone for the sender after it. */
export function shipTensors(tensors: readonly Tensor[]): Shipment {
  const transfer: ArrayBuffer[] = [];
  const shipped = withoutNeighbours(tensors);
  for (const { data } of shipped) {
    if (Array.isArray(data) || data.byteLength < TRANSFER_MIN_BYTES) continue;
    const buffer = data.buffer as ArrayBuffer;
    // Two outputs may be the same buffer.
    if (!transfer.includes(buffer)) transfer.push(buffer);
  }
  return { tensors: shipped, transfer };
}

/** Prepares tensors for posting as copies. A view would be copied with all of its buffer, so it is taken out first. */
export function withoutNeighbours(tensors: readonly Tensor[]): readonly Tensor[] {
  return tensors.map((tensor) => {
    if (Array.isArray(tensor.data)) return tensor;
    const data = ownBytes(tensor.data);
    return data === tensor.data ? tensor : { ...tensor, data };
  });
}

/** The view itself if it is all of its buffer, else a copy: a transfer would take with it whatever else lies there. */
export function ownBytes<View extends Exclude<Tensor['data'], string[]>>(view: View): View {
  const isWhole = view.buffer instanceof ArrayBuffer && view.byteLength === view.buffer.byteLength;
  return isWhole ? view : (view.slice() as View);
}
