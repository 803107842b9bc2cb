import { allocateTensorData, type Tensor, type TensorData } from '../model/tensor.ts';

/**
 * What is kept from batch to batch, in bytes: so little that the memory budget need not count it, though it stays as long
 * as the session. A batch of more gets its own memory, which is a few per cent of what such a batch takes (inline 2 ms).
 */
const MOST_KEPT_BYTES = 2 ** 20;

type Room = Exclude<TensorData, readonly string[]>;

/** The room for the rows of batches, one after the other. */
export class BatchBuffers {
  readonly #isReused: boolean;
  readonly #rooms: (Room | undefined)[] = [];
  readonly #types: Tensor['type'][] = [];
  #keptBytes = 0;

  /** @param isReused whether a batch is over before the next one is made; then they share their memory. */
  constructor(isReused: boolean) {
    this.#isReused = isReused;
  }

  /** At most 1 MiB. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Room for `length` elements of the input with number `input`; what stands in it is not defined. */
  take(input: number, type: Tensor['type'], length: number): TensorData {
    if (!this.#isReused || type === 'string') return allocateTensorData(type, length);
    const known = this.#types[input] === type ? this.#rooms[input] : undefined;
    if (known !== undefined && known.length >= length) {
      return known.length === length ? known : known.subarray(0, length);
    }
    const own = allocateTensorData(type, length) as Room;
    // Twice the room, so that a growing load is not met with a new buffer for each batch.
    const keptBytes = this.#keptBytes - (this.#rooms[input]?.byteLength ?? 0) + own.byteLength * 2;
    if (keptBytes > MOST_KEPT_BYTES) return own;
    const room = allocateTensorData(type, length * 2) as Room;
    this.#rooms[input] = room;
    this.#types[input] = type;
    this.#keptBytes = keptBytes;
    return room.subarray(0, length);
  }
}
