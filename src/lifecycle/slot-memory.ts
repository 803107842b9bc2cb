import { formatModelUri, type ModelUri } from '../model/model-uri.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { Signature } from '../model/signature.ts';
import type { ModelSlot } from './model-slot.ts';
import { parseSignature, stringifySignature } from './signature-text.ts';
import type { Hold, StateFile } from './state-file.ts';

/** The version that served last, and the signature that its callers make requests for. */
export interface LastGood {
  readonly version: ModelVersion;
  readonly signature: Signature | null;
}

/** What one slot knew when its process ended. */
export interface SlotRecollection {
  readonly lastGood: LastGood | null;
  readonly previous: ModelVersion | null;
  readonly hold: Hold | null;
}

const NOTHING: SlotRecollection = { lastGood: null, previous: null, hold: null };

export interface SlotMemoryParts {
  readonly route: string;
  readonly uri: ModelUri;
  readonly state: StateFile;
  /** Told when the state cannot be written; serving goes on. */
  readonly onUnwritten: (error: unknown) => void;
}

/** One slot's part of the state file. Nothing here throws: a disk that fails must not disturb what serves. */
export class SlotMemory {
  readonly #parts: SlotMemoryParts;

  constructor(parts: SlotMemoryParts) {
    this.#parts = parts;
  }

  recall(): SlotRecollection {
    const { state, route, uri } = this.#parts;
    const remembered = state.route(route, formatModelUri(uri));
    if (remembered === null) return NOTHING;
    const { lastGood: version, signature, previous, hold } = remembered;
    const lastGood = version && { version, signature: signature === null ? null : parseSignature(signature) };
    return { lastGood, previous, hold };
  }

  async remember(slot: ModelSlot, lastGood: LastGood | null, hold: Hold | null): Promise<void> {
    const { state, route, uri, onUnwritten } = this.#parts;
    const served = slot.current ?? lastGood;
    const signature = served?.signature ?? null;
    try {
      await state.setRoute(route, {
        uri: formatModelUri(uri),
        lastGood: served?.version ?? null,
        signature: signature === null ? null : stringifySignature(signature),
        previous: slot.previous?.version ?? null,
        hold,
      });
    } catch (error) {
      onUnwritten(error);
    }
  }

  async forget(): Promise<void> {
    try {
      await this.#parts.state.forgetRoute(this.#parts.route);
    } catch (error) {
      this.#parts.onUnwritten(error);
    }
  }
}
