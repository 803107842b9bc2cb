import { GatewayError } from '../errors.ts';

/**
 * What loaded graphs may hold in all. Counts what trials have measured rather than what the process holds now, because
 * an allocator gives memory back late.
 */
export class MemoryBudget {
  readonly #maxBytes: number;
  readonly #held = new Map<object, number>();
  readonly #baselineBytes: number;

  /**
   * @param maxBytes for the whole process.
   * @param baselineBytes what the process holds without any model.
   */
  constructor(maxBytes: number, baselineBytes: number) {
    this.#maxBytes = maxBytes;
    this.#baselineBytes = baselineBytes;
  }

  get heldBytes(): number {
    let sum = this.#baselineBytes;
    for (const bytes of this.#held.values()) sum += bytes;
    return sum;
  }

  /**
   * Takes `bytes` for `owner`.
   *
   * @param makeRoom gives something up (a warm previous version) and says whether it could.
   * @throws GatewayError MEMORY_LIMIT if it does not fit even then; the signal's reason if aborted.
   */
  async reserve(
    owner: object,
    bytes: number,
    makeRoom: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    while (this.heldBytes + bytes > this.#maxBytes) {
      signal.throwIfAborted();
      if (await makeRoom()) continue;
      throw new GatewayError(
        'MEMORY_LIMIT',
        `the version needs ${bytes} bytes, ${this.heldBytes} of ${this.#maxBytes} are in use; ` +
          'raise SWITCHYARD_MEMORY_MAX_BYTES and the memory limit of the container, or serve fewer models',
      );
    }
    this.#held.set(owner, bytes);
  }

  /** Takes `bytes` if they fit as things are. @returns gives them back; `null`: they do not fit. */
  tryReserve(bytes: number): (() => void) | null {
    return this.heldBytes + bytes > this.#maxBytes ? null : this.hold(bytes);
  }

  /** Counts `bytes` that somebody else has made sure of, whether they fit or not. @returns gives them back. */
  hold(bytes: number): () => void {
    const owner = {};
    this.#held.set(owner, bytes);
    return () => this.release(owner);
  }

  release(owner: object): void {
    this.#held.delete(owner);
  }
}
