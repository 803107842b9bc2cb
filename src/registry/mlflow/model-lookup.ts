import { GatewayError } from '../../errors.ts';
import { mapLimited } from './map-limited.ts';
import type { MlflowAnswer, MlflowClient } from './mlflow-client.ts';
import { asList, asText, type ModelRecord, parseModelRecord } from './mlflow-entities.ts';
import { deniedFor, refused } from './mlflow-errors.ts';

/** A model's record, that MLflow has no such model, or why it cannot be told. */
export type ModelAnswer = ModelRecord | GatewayError | null;

export interface ModelAnswers {
  /** All models that a search lists, if one was made: prompts and what the account may not read are left out. */
  readonly listed: readonly ModelRecord[];
  /** One answer for each name that was asked for. */
  readonly named: ReadonlyMap<string, ModelAnswer>;
}

/** The most that MLflow gives in one answer. */
const PAGE_SIZE = 1000;
const MAX_PAGES = 1000;
const MAX_PARALLEL = 4;

/** Reads models with the fewest requests: one search for all, or one `get` each. */
export class ModelLookup {
  readonly #client: MlflowClient;
  /** How many requests the last search took; a search costs that many again. */
  #searchPages = 1;

  constructor(client: MlflowClient) {
    this.#client = client;
  }

  /**
   * Reads the models called `names`, and all of them if `all`.
   *
   * @throws GatewayError REGISTRY_UNAVAILABLE or REGISTRY_FORBIDDEN if nothing could be read.
   */
  async find(names: readonly string[], all: boolean, signal: AbortSignal): Promise<ModelAnswers> {
    const listed = all || names.length > this.#searchPages ? await this.#search(signal) : [];
    const byName = new Map<string, ModelAnswer>(listed.map((model) => [model.name, model]));
    // A search leaves out what the account may not read without a word, so what it lacks is asked for by name.
    const missing = names.filter((name) => !byName.has(name));
    const answers = await mapLimited(missing, MAX_PARALLEL, (name) => this.#tryAsk(name, signal));
    const failures = answers.filter((answer) => answer instanceof GatewayError);
    const outage = failures.find((error) => error.code === 'REGISTRY_UNAVAILABLE');
    if (outage !== undefined && listed.length === 0 && failures.length === names.length) throw outage;
    missing.forEach((name, index) => {
      byName.set(name, answers[index] as ModelAnswer);
    });
    return {
      listed: listed.filter((model) => !model.isPrompt),
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

  /** As `ask`, and an outage is this model's as well: the others may have been told. */
  async #tryAsk(name: string, signal: AbortSignal): Promise<ModelAnswer> {
    try {
      return await this.ask(name, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof GatewayError && error.code === 'REGISTRY_UNAVAILABLE') return error;
      throw error;
    }
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
      token = asText(answer.body.next_page_token);
      if (token === null) break;
    }
    return [...models.values()];
  }
}
