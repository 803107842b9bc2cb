import { GatewayError } from '../errors.ts';
import { formatModelUri, type ModelUri } from '../model/model-uri.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';

export interface KnownVersionsParts {
  readonly registry: Pick<ModelRegistry, 'read'>;
  /** How long an answer of the registry is taken for true. */
  readonly rememberMs: number;
  /** In ms since the epoch. */
  readonly now: () => number;
}

interface Entry {
  readonly readAt: number;
  readonly version: Promise<string>;
}

const READ_PATIENCE_MS = 10_000;
const MOST_ENTRIES = 1000;
const MOST_READS_AT_ONCE = 8;

/**
 * Which versions the registry has beside the ones that serve: what requests that name a version or a label ask. An
 * answer, also that there is none, is remembered for one poll, so that clients cannot make the registry busy.
 */
export class KnownVersions {
  readonly #parts: KnownVersionsParts;
  readonly #entries = new Map<string, Entry>();
  #reading = 0;

  constructor(parts: KnownVersionsParts) {
    this.#parts = parts;
  }

  /**
   * The number of the version that the pointer names.
   *
   * @throws GatewayError VERSION_NOT_FOUND if there is none; MODEL_OVERLOADED if too many are being asked for; what
   *   the registry throws.
   */
  find(uri: ModelUri): Promise<string> {
    const { now, rememberMs } = this.#parts;
    const key = formatModelUri(uri);
    const known = this.#entries.get(key);
    if (known !== undefined && now() - known.readAt < rememberMs) return known.version;
    if (this.#reading >= MOST_READS_AT_ONCE) throw tooManyReads();
    const version = this.#read(uri);
    version.catch(() => {}); // whoever asked is told
    this.#entries.delete(key);
    if (this.#entries.size >= MOST_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, { readAt: now(), version });
    return version;
  }

  async #read(uri: ModelUri): Promise<string> {
    this.#reading++;
    try {
      const state = await this.#parts.registry.read(uri, AbortSignal.timeout(READ_PATIENCE_MS));
      if (state.outcome === 'found') return state.version.version;
      if (state.outcome === 'failed') throw state.error;
      throw new GatewayError('VERSION_NOT_FOUND', state.reason);
    } finally {
      this.#reading--;
    }
  }
}

function tooManyReads(): GatewayError {
  return new GatewayError(
    'MODEL_OVERLOADED',
    'too many versions that are not loaded are being asked for at once',
    { retryAfterSeconds: 1 },
  );
}
