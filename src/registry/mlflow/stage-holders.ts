import { GatewayError } from '../../errors.ts';
import { mapLimited } from './map-limited.ts';
import type { ModelRecord } from './mlflow-entities.ts';
import type { ListedVersion, VersionListing } from './version-listing.ts';

/** A stage of a model, and the version of it that is served. */
export interface StageQuestion {
  readonly model: ModelRecord;
  readonly stage: string;
  readonly version: string;
}

interface Remembered {
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly versions: readonly string[];
}

/** Above so many models one search over all of them is made instead of one for each. */
const MAX_SINGLE_SEARCHES = 4;
/** For how long nothing is asked after a search that failed, unless the server wants to be left alone for longer. */
const PAUSE_MS = 60_000;

/**
 * Tells which versions a stage holds besides the highest, which is all that a model's record shows. Asks again only
 * when the model's update time has moved, as it does with every stage transition.
 */
export class StageHolders {
  readonly #now: () => number;
  readonly #remembered = new Map<string, Remembered>();
  #pausedUntil = Number.NEGATIVE_INFINITY;

  /** @param now in ms since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Updates the memory for all `questions` at once. What fails is left for a later time: the answers are for notes,
   * and a poll must not fail for want of a note.
   */
  async refresh(
    questions: readonly StageQuestion[],
    listing: VersionListing,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#now() < this.#pausedUntil) return;
    const stale = questions.filter((question) => this.#needsSearch(question));
    const models = [...new Map(stale.map(({ model }) => [model.name, model])).values()];
    if (models.length === 0) return;
    try {
      if (models.length > MAX_SINGLE_SEARCHES) {
        const byName = Map.groupBy(await listing.all(), ({ name }) => name);
        for (const model of models) this.#remember(model, byName.get(model.name) ?? []);
      } else {
        await mapLimited(models, MAX_SINGLE_SEARCHES, async (model) => {
          const found = await listing.of(model.name);
          if (found !== null) this.#remember(model, found);
        });
      }
    } catch (error) {
      signal.throwIfAborted();
      const retryAfterSeconds = error instanceof GatewayError ? (error.retryAfterSeconds ?? 0) : 0;
      this.#pausedUntil = this.#now() + Math.max(PAUSE_MS, retryAfterSeconds * 1000);
    }
  }

  /** All versions that the stage is known to hold, the served one included. */
  versions({ model, stage, version }: StageQuestion): readonly string[] {
    const remembered = this.#remembered.get(keyOf(model.name, stage));
    return isCurrent(remembered, model) ? [...new Set([...remembered.versions, version])] : [version];
  }

  #needsSearch({ model, stage, version }: StageQuestion): boolean {
    if (stage === 'None' || stage === 'Archived') return false;
    if (isCurrent(this.#remembered.get(keyOf(model.name, '')), model)) return false;
    // Only lower numbers can be hidden behind the served one; if the record shows all of them there are none.
    for (let number = 1n; number < BigInt(version); number += 1n) {
      if (!model.latestVersions.has(String(number))) return true;
    }
    return false;
  }

  #remember(model: ModelRecord, found: readonly ListedVersion[]): void {
    const { createdAt, updatedAt } = model;
    const byStage = new Map<string, string[]>([['', []]]);
    for (const { name, record } of found) {
      const { stage, version } = record;
      if (name !== model.name || (stage !== 'Staging' && stage !== 'Production')) continue;
      byStage.set(stage, [...(byStage.get(stage) ?? []), version]);
    }
    for (const stage of ['Staging', 'Production']) this.#remembered.delete(keyOf(model.name, stage));
    for (const [stage, versions] of byStage) {
      this.#remembered.set(keyOf(model.name, stage), { createdAt, updatedAt, versions });
    }
  }
}

function isCurrent(remembered: Remembered | undefined, model: ModelRecord): remembered is Remembered {
  return remembered?.createdAt === model.createdAt && remembered.updatedAt === model.updatedAt;
}

function keyOf(name: string, stage: string): string {
  return JSON.stringify([name, stage]);
}
