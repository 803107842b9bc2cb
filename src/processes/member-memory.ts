/**
 * What the graphs of one member hold. The coordinator has made sure that one copy of each fits; further copies of one
 * graph take only what is left.
 */
export class MemberMemory {
  readonly #maxBytes: number;
  #heldBytes: number;

  /**
   * @param maxBytes the member's share.
   * @param baselineBytes what the process holds without any model.
   */
  constructor(maxBytes: number, baselineBytes: number) {
    this.#maxBytes = maxBytes;
    this.#heldBytes = baselineBytes;
  }

  /** Counts bytes that the coordinator has granted. @returns gives them back; once. */
  hold(bytes: number): () => void {
    this.#heldBytes += bytes;
    return () => {
      this.#heldBytes -= bytes;
    };
  }

  /** As `hold`; `null` if they do not fit. */
  tryHold(bytes: number): (() => void) | null {
    return this.#heldBytes + bytes > this.#maxBytes ? null : this.hold(bytes);
  }
}
