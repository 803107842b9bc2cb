import { GatewayError } from '../../../../errors.ts';

/** Reads XGBoost's binary format in order: numbers are little-endian, and every read is checked against what is left. */
export class BinaryCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  float32(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  /** A number of elements of `itemBytes` each that follow it, all of which are there. */
  count(itemBytes: number): number {
    const count = Number(this.#view.getBigUint64(this.#advance(8), true));
    this.require(count, itemBytes);
    return count;
  }

  /** @throws GatewayError INVALID_MODEL unless so many elements are still to come. */
  require(count: number, itemBytes: number): void {
    if (count < 0 || count * itemBytes > this.#bytes.length - this.#at) throw this.broken('is cut off');
  }

  text(): string {
    const length = this.count(1);
    return Buffer.from(this.#bytes.subarray(this.#advance(length), this.#at)).toString('utf8');
  }

  skip(length: number): void {
    this.#advance(length);
  }

  broken(why: string): GatewayError {
    return new GatewayError('INVALID_MODEL', `the XGBoost model (binary) ${why} at byte ${this.#at}`);
  }

  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw this.broken('is cut off');
    this.#at += length;
    return start;
  }
}
