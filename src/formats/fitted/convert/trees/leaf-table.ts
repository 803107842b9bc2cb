/** Rows of numbers, each kept once: most leaves of a deep forest say the same as many others. */
export class LeafTable {
  readonly width: number;
  #rows: Float64Array;
  #bits: Uint32Array;
  #count = 0;
  /** Open addressing: the number of a row plus one, or 0. */
  #slots: Uint32Array = new Uint32Array(1024);

  constructor(width: number) {
    this.width = width;
    this.#rows = new Float64Array(64 * width);
    this.#bits = new Uint32Array(this.#rows.buffer);
  }

  get count(): number {
    return this.#count;
  }

  /** `[count, width]`, row-major. */
  get rows(): Float64Array {
    return this.#rows.subarray(0, this.#count * this.width);
  }

  /** The number of the row, which is added if it is new. Rows are equal if all their bits are. */
  add(row: Float64Array): number {
    if ((this.#count + 1) * this.width > this.#rows.length) this.#grow();
    this.#rows.set(row, this.#count * this.width);
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash(this.#count) & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot] as number;
      if (known === 0) {
        this.#count += 1;
        this.#slots[slot] = this.#count;
        if (this.#count * 2 > this.#slots.length) this.#rehash();
        return this.#count - 1;
      }
      if (this.#isEqual(known - 1, this.#count)) return known - 1;
    }
  }

  #hash(row: number): number {
    let hash = 0x811c9dc5;
    const end = (row + 1) * this.width * 2;
    for (let at = row * this.width * 2; at < end; at += 1) {
      hash = Math.imul(hash ^ (this.#bits[at] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }

  #isEqual(left: number, right: number): boolean {
    const words = this.width * 2;
    for (let at = 0; at < words; at += 1) {
      if (this.#bits[left * words + at] !== this.#bits[right * words + at]) return false;
    }
    return true;
  }

  #grow(): void {
    const rows = new Float64Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
    this.#bits = new Uint32Array(rows.buffer);
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 4);
    const mask = this.#slots.length - 1;
    for (let row = 0; row < this.#count; row += 1) {
      let slot = this.#hash(row) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = row + 1;
    }
  }
}
