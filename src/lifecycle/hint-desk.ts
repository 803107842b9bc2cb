import type { ModelUri } from '../model/model-uri.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';
import { MergedRefresh } from './merged-refresh.ts';
import { concernsPointer, concernsWorkspace, type HintOutcome, type RegistryHint } from './registry-hint.ts';
import type { RegistryWatcher } from './registry-watcher.ts';
import { SeenDeliveries } from './seen-deliveries.ts';

/** How long a version whose tag has changed may take to be read. */
const READ_PATIENCE_MS = 10_000;
/** More versions with changed tags than that between two reads wait until they are read anyway. */
const MOST_TAGGED = 16;

export interface HintDeskParts {
  readonly registry: Pick<ModelRegistry, 'read'>;
  readonly watcher: Pick<RegistryWatcher, 'refresh' | 'isAskedToWait'>;
  readonly uris: readonly ModelUri[];
  /** The workspace that is followed; `null`: the registry's default, or it has none. */
  readonly workspace: string | null;
  /** In ms since the epoch. */
  readonly now: () => number;
}

/** Takes hints that the registry has changed, and has it read soon. Polls go on as ever: a hint may be lost. */
export class HintDesk {
  readonly #parts: HintDeskParts;
  readonly #seen: SeenDeliveries;
  readonly #reads: MergedRefresh;
  readonly #tagged = new Map<string, ModelUri>();
  readonly #stopping = new AbortController();

  constructor(parts: HintDeskParts) {
    this.#parts = parts;
    this.#seen = new SeenDeliveries(parts.now);
    this.#reads = new MergedRefresh(() => this.#read());
  }

  /** Returns before anything is read. */
  take(hint: RegistryHint): HintOutcome {
    const { uris, workspace } = this.#parts;
    if (!this.#seen.take(hint.deliveryId)) return 'duplicate';
    if (!concernsWorkspace(hint, workspace)) return 'ignored';
    if (!uris.some((uri) => concernsPointer(hint, uri))) return 'ignored';
    this.#noteTag(hint);
    this.#reads.want();
    return 'accepted';
  }

  /** Idempotent. */
  close(): void {
    this.#reads.close();
    this.#stopping.abort();
  }

  #noteTag({ name, change }: RegistryHint): void {
    if (change.kind !== 'version-tag' || this.#tagged.size >= MOST_TAGGED) return;
    const { version } = change;
    this.#tagged.set(JSON.stringify([name, version]), { name, pointer: { kind: 'version', version } });
  }

  async #read(): Promise<void> {
    const { registry, watcher } = this.#parts;
    // The poll that the registry allows will see it.
    if (watcher.isAskedToWait) return;
    const tagged = [...this.#tagged.values()];
    this.#tagged.clear();
    // A poll may take a version's tags from memory; a direct read has them asked for anew.
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(READ_PATIENCE_MS)]);
    await Promise.allSettled(tagged.map((uri) => registry.read(uri, signal)));
    await watcher.refresh();
  }
}
