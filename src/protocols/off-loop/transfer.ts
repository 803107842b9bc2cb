import type { Tensor } from '../../model/tensor.ts';

/** Tensors that can be posted, and the buffers that go with them instead of being copied. */
export interface Shipment {
  readonly tensors: readonly Tensor[];
  readonly transfer: ArrayBuffer[];
}

/** Prepares tensors that the sender owns for posting; they are gone for the sender after it. Texts are copied. */
export function shipTensors(tensors: readonly Tensor[]): Shipment {
  const transfer: ArrayBuffer[] = [];
  const shipped = tensors.map((tensor) => {
    if (Array.isArray(tensor.data)) return tensor;
    const data = ownBytes(tensor.data);
    // Two outputs may be the same buffer.
    if (!transfer.includes(data.buffer as ArrayBuffer)) transfer.push(data.buffer as ArrayBuffer);
    return { ...tensor, data };
  });
  return { tensors: shipped, transfer };
}

/** The view itself if it is all of its buffer, else a copy: a transfer would take with it whatever else lies there. */
export function ownBytes<View extends Exclude<Tensor['data'], string[]>>(view: View): View {
  const isWhole = view.buffer instanceof ArrayBuffer && view.byteLength === view.buffer.byteLength;
  return isWhole ? view : (view.slice() as View);
}
