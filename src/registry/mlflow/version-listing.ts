import type { MlflowClient } from './mlflow-client.ts';
import { asList, asObject, asText, parseVersionRecord, type VersionRecord } from './mlflow-entities.ts';
import { deniedFor, refused } from './mlflow-errors.ts';

/** A version and the model that it is of. */
export interface ListedVersion {
  readonly name: string;
  readonly record: VersionRecord;
}

const PAGE_SIZE = 10_000;
const MAX_PAGES = 20;

/** Versions as MLflow's search lists them, at one moment: whoever wants all of them shares one search. */
export class VersionListing {
  readonly #client: MlflowClient;
  readonly #signal: AbortSignal;
  #all: Promise<readonly ListedVersion[]> | null = null;

  constructor(client: MlflowClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  /**
   * The versions of every model; of more than 200,000 those that changed last.
   *
   * @throws GatewayError REGISTRY_UNAVAILABLE or REGISTRY_FORBIDDEN.
   */
  all(): Promise<readonly ListedVersion[]> {
    this.#all ??= this.#search(null);
    return this.#all;
  }

  /** The versions of one model; `null` if its name cannot be searched for. Throws as `all`. */
  async of(name: string): Promise<readonly ListedVersion[] | null> {
    const filter = nameFilter(name);
    return filter === null ? null : await this.#search(filter);
  }

  async #search(filter: string | null): Promise<readonly ListedVersion[]> {
    const found: ListedVersion[] = [];
    let token: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const query = {
        max_results: String(PAGE_SIZE),
        ...(filter === null ? {} : { filter }),
        ...(token === null ? {} : { page_token: token }),
      };
      const answer = await this.#client.get('model-versions/search', query, this.#signal);
      if (!answer.ok) {
        const what = 'the list of versions';
        throw answer.status === 403 ? deniedFor(what) : refused(answer, what);
      }
      for (const item of asList(answer.body.model_versions)) {
        const record = parseVersionRecord(item);
        const name = asText(asObject(item)?.name);
        if (record !== null && name !== null) found.push({ name, record });
      }
      token = asText(answer.body.next_page_token);
      if (token === null) break;
    }
    return found;
  }
}

/** MLflow's filters know no escapes; a name with both kinds of quotes cannot be searched for. */
function nameFilter(name: string): string | null {
  if (!name.includes("'")) return `name='${name}'`;
  return name.includes('"') ? null : `name="${name}"`;
}
