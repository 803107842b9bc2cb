import { versionKey } from '../../model/model-version.ts';
import type { VersionStanding } from '../../model/version-standing.ts';
import type { Resolution } from '../../registry/model-registry.ts';
import type { StandingWriter } from '../../registry/standing-writer.ts';

type Tags = Readonly<Record<string, string>>;

/** Records that are older say too little: somebody else may have written since. */
const LIFETIME_MS = 60_000;

/**
 * What the records of the first poll say of versions, so that a restart costs no request for what stands already.
 * Later polls are not believed: a record may be remembered by the registry's adapter from before our own last word.
 */
export class RecordsAtStart {
  readonly #writer: Pick<StandingWriter, 'isSaid'>;
  readonly #now: () => number;
  #tags: Map<string, Tags> | null = null;
  /** In ms since the epoch. */
  #takenAt = 0;

  constructor(writer: Pick<StandingWriter, 'isSaid'>, now: () => number) {
    this.#writer = writer;
    this.#now = now;
  }

  /** Takes in the answer to a poll; only the first one counts. */
  take(resolutions: readonly Resolution[]): void {
    if (this.#tags !== null) {
      if (this.#now() - this.#takenAt > LIFETIME_MS) this.#tags.clear();
      return;
    }
    const found = resolutions.flatMap(({ states }) => states.filter((state) => state.outcome === 'found'));
    this.#tags = new Map(found.map(({ version }) => [versionKey(version), version.tags]));
    this.#takenAt = this.#now();
  }

  /** Whether the record said this at the start. Asked once for a version; after that it is not known any more. */
  isSaid(key: string, standing: VersionStanding): boolean {
    const tags = this.#tags?.get(key);
    if (tags === undefined) return false;
    this.#tags?.delete(key);
    return this.#now() - this.#takenAt <= LIFETIME_MS && this.#writer.isSaid(tags, standing);
  }
}
