import { mapLimited } from './map-limited.ts';
import type { MlflowClient } from './mlflow-client.ts';
import { asList, asObject, asText, type ModelRecord, parseVersionRecord } from './mlflow-entities.ts';

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

const PAGE_SIZE = 10_000;
const MAX_PAGES = 20;
/** Above so many models one search over all of them is made instead of one for each. */
const MAX_SINGLE_SEARCHES = 4;

/**
 * Tells which versions a stage holds besides the highest, which is all that a model's record shows. Asks again only
 * when the model's update time has moved, as it does with every stage transition.
 */
export class StageHolders {
  readonly #client: MlflowClient;
  readonly #remembered = new Map<string, Remembered>();

  constructor(client: MlflowClient) {
    this.#client = client;
  }

  /**
   * Updates the memory for all `questions` at once. What fails is left for the next time: the answers are for notes,
   * and a poll must not fail for want of a note.
   */
  async refresh(questions: readonly StageQuestion[], signal: AbortSignal): Promise<void> {
    const stale = questions.filter((question) => this.#needsSearch(question));
    const models = new Map(stale.map(({ model }) => [model.name, model]));
    if (models.size === 0) return;
    try {
      if (models.size > MAX_SINGLE_SEARCHES) {
        const found = await this.#search(null, signal);
        for (const model of models.values()) this.#remember(model, found);
      } else {
        await mapLimited([...models.values()], MAX_SINGLE_SEARCHES, async (model) => {
          const filter = nameFilter(model.name);
          if (filter !== null) this.#remember(model, await this.#search(filter, signal));
        });
      }
    } catch {
      signal.throwIfAborted();
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

  #remember(model: ModelRecord, found: readonly FoundVersion[]): void {
    const { createdAt, updatedAt } = model;
    const byStage = new Map<string, string[]>([['', []]]);
    for (const { name, stage, version } of found) {
      if (name === model.name) byStage.set(stage, [...(byStage.get(stage) ?? []), version]);
    }
    for (const stage of ['Staging', 'Production']) this.#remembered.delete(keyOf(model.name, stage));
    for (const [stage, versions] of byStage) {
      this.#remembered.set(keyOf(model.name, stage), { createdAt, updatedAt, versions });
    }
  }

  async #search(filter: string | null, signal: AbortSignal): Promise<readonly FoundVersion[]> {
    const found: FoundVersion[] = [];
    let token: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await this.#client.get(
        'model-versions/search',
        {
          max_results: String(PAGE_SIZE),
          ...(filter === null ? {} : { filter }),
          ...(token === null ? {} : { page_token: token }),
        },
        signal,
      );
      if (!answer.ok) break;
      for (const item of asList(answer.body.model_versions)) {
        const record = parseVersionRecord(item);
        const name = asText(asObject(item)?.name);
        if (record === null || name === null) continue;
        if (record.stage === 'Staging' || record.stage === 'Production') {
          found.push({ name, stage: record.stage, version: record.version });
        }
      }
      token = asText(answer.body.next_page_token);
      if (token === null) break;
    }
    return found;
  }
}

interface FoundVersion {
  readonly name: string;
  readonly stage: string;
  readonly version: string;
}

function isCurrent(remembered: Remembered | undefined, model: ModelRecord): remembered is Remembered {
  return remembered?.createdAt === model.createdAt && remembered.updatedAt === model.updatedAt;
}

function keyOf(name: string, stage: string): string {
  return JSON.stringify([name, stage]);
}

/** MLflow's filters know no escapes; a name with both kinds of quotes cannot be searched for. */
function nameFilter(name: string): string | null {
  if (!name.includes("'")) return `name='${name}'`;
  return name.includes('"') ? null : `name="${name}"`;
}
