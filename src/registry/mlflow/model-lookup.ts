import { GatewayError } from '../../errors.ts';
import { askEach } from './ask-each.ts';
import type { MlflowAnswer, MlflowClient } from './mlflow-client.ts';
import { asList, asText, type ModelRecord, parseModelRecord } from './mlflow-entities.ts';
import { deniedFor, refused } from './mlflow-errors.ts';

/** A model's record, that MLflow has no such model, or why it cannot be told. */
export type ModelAnswer = ModelRecord | GatewayError | null;

export interface ModelAnswers {
  /** All models that a search lists; `null` if none was made: prompts and what the account may not read are left out. */
  readonly listed: readonly ModelRecord[] | null;
  /** One answer for each name that was asked for. */
  readonly named: ReadonlyMap<string, ModelAnswer>;
}

interface Lacking {
  /** There is no such model, or it may not be read. */
  readonly answer: GatewayError | null;
  readonly expiresAt: number;
}

/** The most that MLflow gives in one answer. */
const PAGE_SIZE = 1000;
const MAX_PAGES = 1000;
/** For how long a model that a search lacks is not asked for by name; as soon as a search has it, it counts. */
const LACKING_MS = 60_000;
/**
 * In a search a model takes the server 0.4 (MLflow 3.17) to 1.3 ms (2.22), and a read 6 or 3 (`bench/registry-polls.ts`):
 * a few names among very many models are read by name, though those are more requests.
 */
const MOST_NAMES_READ = 8;
const LEAST_MODELS_FOR_A_NAME = 20;

/** Reads models with few requests: one search for all, or one `get` each. */
export class ModelLookup {
  readonly #client: MlflowClient;
  readonly #now: () => number;
  /** How many models the last search listed, and how many requests that took; a search costs that again. */
  #listedModels = 0;
  #searchPages = 1;
  readonly #lacking = new Map<string, Lacking>();

  /** @param now in ms since the epoch. */
  constructor(client: MlflowClient, now: () => number) {
    this.#client = client;
    this.#now = now;
  }

  /**
   * Reads the models called `names`, and all of them if `all`.
   *
   * @throws GatewayError REGISTRY_UNAVAILABLE or REGISTRY_FORBIDDEN if nothing could be read.
   */
  async find(names: readonly string[], all: boolean, signal: AbortSignal): Promise<ModelAnswers> {
    const listed = all || this.#isSearchCheaper(names.length) ? await this.#search(signal) : null;
    const byName = new Map<string, ModelAnswer>(listed?.map((model) => [model.name, model]));
    if (listed !== null) this.#recallLacking(names, byName);
    // A search leaves out what the account may not read without a word, so what it lacks is asked for by name.
    const missing = names.filter((name) => !byName.has(name));
    const answers = await askEach(missing, (name) => this.ask(name, signal), signal);
    const failures = answers.filter((answer) => answer instanceof GatewayError);
    const outage = failures.find((error) => error.code === 'REGISTRY_UNAVAILABLE');
    if (outage !== undefined && listed === null && failures.length === names.length) throw outage;
    missing.forEach((name, index) => {
      const answer = answers[index] as ModelAnswer;
      byName.set(name, answer);
      if (listed !== null) this.#noteLacking(name, answer);
    });
    return {
      listed: listed?.filter((model) => !model.isPrompt) ?? null,
      named: new Map(names.map((name) => [name, byName.get(name) ?? null])),
    };
  }

  /**
   * Reads one model by name; `null` if there is none. What concerns only this model (403) is returned.
   *
   * @throws GatewayError what concerns the whole server: 401, the Host check, an outage.
   */
  async ask(name: string, signal: AbortSignal): Promise<ModelAnswer> {
    const answer = await this.#client.get('registered-models/get', { name }, signal);
    if (!answer.ok) {
      if (answer.status === 404) return null;
      return answer.status === 403 ? deniedFor(`model "${name}"`) : refused(answer, `model "${name}"`);
    }
    const model = parseModelRecord(answer.body.registered_model);
    if (model !== null) return model;
    return new GatewayError('REGISTRY_UNAVAILABLE', `MLflow's answer about model "${name}" holds no model`);
  }

  #isSearchCheaper(names: number): boolean {
    if (names <= this.#searchPages) return false;
    // With basic auth every request takes the server more than a search does: it hashes the password anew.
    if (this.#client.hasPassword || names > MOST_NAMES_READ) return true;
    return this.#listedModels < names * LEAST_MODELS_FOR_A_NAME;
  }

  #recallLacking(names: readonly string[], byName: Map<string, ModelAnswer>): void {
    for (const name of byName.keys()) this.#lacking.delete(name);
    for (const name of names) {
      const lacking = this.#lacking.get(name);
      if (lacking !== undefined && lacking.expiresAt > this.#now()) byName.set(name, lacking.answer);
    }
  }

  #noteLacking(name: string, answer: ModelAnswer): void {
    const isForbidden = answer instanceof GatewayError && answer.code === 'REGISTRY_FORBIDDEN';
    if (answer !== null && !isForbidden) return;
    this.#lacking.set(name, { answer, expiresAt: this.#now() + LACKING_MS });
  }

  async #search(signal: AbortSignal): Promise<readonly ModelRecord[]> {
    const models = new Map<string, ModelRecord>();
    let token: string | null = null;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const query = { max_results: String(PAGE_SIZE), ...(token === null ? {} : { page_token: token }) };
      const answer: MlflowAnswer = await this.#client.get('registered-models/search', query, signal);
      if (!answer.ok) {
        throw answer.status === 403 ? deniedFor('the list of models') : refused(answer, 'the list of models');
      }
      for (const item of asList(answer.body.registered_models)) {
        const model = parseModelRecord(item);
        if (model !== null) models.set(model.name, model);
      }
      this.#searchPages = page;
      this.#listedModels = models.size;
      token = asText(answer.body.next_page_token);
      if (token === null) break;
    }
    return [...models.values()];
  }
}
