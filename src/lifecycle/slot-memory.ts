import type { ModelVersion } from '../model/model-version.ts';
import type { Signature } from '../model/signature.ts';
import type { KeptFiles } from './kept-files.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';
import { parseSignature, stringifySignature } from './signature-text.ts';
import type { Hold, StateFile } from './state-file.ts';

/** The version that served last, and the signature that its callers make requests for. */
export interface LastGood {
  readonly version: ModelVersion;
  readonly signature: Signature | null;
}

/** What one slot knew when its process ended. */
export interface SlotRecollection {
  /** What its pointer named when it was read last. */
  readonly desired: ModelVersion | null;
  readonly lastGood: LastGood | null;
  readonly previous: ModelVersion | null;
  readonly hold: Hold | null;
}

const NOTHING: SlotRecollection = { desired: null, lastGood: null, previous: null, hold: null };

export interface SlotMemoryParts {
  readonly route: string;
  readonly state: StateFile;
  readonly files: KeptFiles;
  /** Told when the state cannot be written; serving goes on. */
  readonly events: Pick<LifecycleEvents, 'stateUnwritten'>;
}

/**
 * What of one slot is on the disk: its part of the state file, and the files of the versions in it, which stay in the
 * cache whether they are loaded or not. Nothing here throws: a disk that fails must not disturb what serves.
 */
export class SlotMemory {
  readonly #parts: SlotMemoryParts;

  constructor(parts: SlotMemoryParts) {
    this.#parts = parts;
  }

  /** @param uri what the slot follows; what was known while it followed another pointer is not recalled. */
  recall(uri: string): SlotRecollection {
    const remembered = this.#parts.state.route(this.#parts.route, uri);
    if (remembered === null) return NOTHING;
    const { desired, lastGood: version, signature, previous, hold } = remembered;
    const lastGood = version && { version, signature: signature === null ? null : parseSignature(signature) };
    const recollection = { desired, lastGood, previous, hold };
    this.#keepFiles(recollection);
    return recollection;
  }

  async remember(uri: string, recollection: SlotRecollection): Promise<void> {
    const { desired, lastGood, previous, hold } = recollection;
    const signature = lastGood?.signature ?? null;
    this.#keepFiles(recollection);
    await this.#attempt((state, route) =>
      state.setRoute(route, {
        uri,
        desired,
        lastGood: lastGood?.version ?? null,
        signature: signature === null ? null : stringifySignature(signature),
        previous,
        hold,
      }),
    );
  }

  async forget(): Promise<void> {
    this.#parts.files.keepOnly([]);
    await this.#attempt((state, route) => state.forgetRoute(route));
  }

  async forgiveCrash(version: ModelVersion): Promise<void> {
    await this.#attempt((state) => state.forgiveCrash(version));
  }

  /** Resolves when everything that was told is on the disk, or could not be written. Keeps no files any more. */
  async close(): Promise<void> {
    await this.#parts.state.flush();
    this.#parts.files.keepOnly([]);
  }

  #keepFiles({ lastGood, previous, hold }: SlotRecollection): void {
    const versions = [lastGood?.version ?? null, previous, hold?.version ?? null];
    this.#parts.files.keepOnly(versions.filter((version) => version !== null));
  }

  async #attempt(change: (state: StateFile, route: string) => Promise<void>): Promise<void> {
    const { state, route, events } = this.#parts;
    try {
      await change(state, route);
    } catch (error) {
      events.stateUnwritten(route, error);
    }
  }
}
