import { pathToFileURL } from 'node:url';
import { GatewayError } from '../../errors.ts';
import { type ModelUri, parseModelUri } from '../../model/model-uri.ts';
import type { MlflowClient } from './mlflow-client.ts';
import { asList, asNumber, asObject, asText } from './mlflow-entities.ts';
import { deniedFor, refused } from './mlflow-errors.ts';

/** Looks up the number of the version that a pointer names, when one version is a copy of another. */
export type VersionNumberLookup = (uri: ModelUri, signal: AbortSignal) => Promise<string>;

/** `runs:` and `models:` may lead to one another; more steps than this is a circle. */
const MAX_STEPS = 8;
/** Of 50 logged models each. */
const MAX_PAGES = 100;

/** Finds where a version's files lie: `mlflow-artifacts:`, `s3:`, `file:`, …; never `runs:` or `models:`. */
export class MlflowLocation {
  readonly #client: MlflowClient;
  readonly #versionOf: VersionNumberLookup;

  constructor(client: MlflowClient, versionOf: VersionNumberLookup) {
    this.#client = client;
    this.#versionOf = versionOf;
  }

  /** @throws GatewayError VERSION_NOT_FOUND, ARTIFACT_INVALID for a URI that leads nowhere, or as `resolve` of the registry. */
  async find(name: string, version: string, signal: AbortSignal): Promise<string> {
    let uri = await this.#downloadUri(name, version, signal);
    for (let step = 0; step < MAX_STEPS; step += 1) {
      if (/^runs:/i.test(uri)) uri = await this.#ofRun(uri, signal);
      else if (/^models:/i.test(uri)) uri = await this.#ofModel(uri, signal);
      else return uri.startsWith('/') ? pathToFileURL(uri).href : uri;
    }
    throw invalid(
      `the artifacts of version ${version} of model "${name}" lead in a circle, at last to "${uri}"`,
    );
  }

  async #downloadUri(name: string, version: string, signal: AbortSignal): Promise<string> {
    const what = `version ${version} of model "${name}"`;
    const answer = await this.#client.get('model-versions/get-download-uri', { name, version }, signal);
    if (!answer.ok) {
      if (answer.status === 404) throw new GatewayError('VERSION_NOT_FOUND', `there is no ${what}`);
      throw answer.status === 403 ? deniedFor(what) : refused(answer, what);
    }
    const uri = asText(answer.body.artifact_uri);
    if (uri === null) throw invalid(`MLflow does not tell where the artifacts of ${what} lie`);
    return uri;
  }

  /** `models:/m-…` is a logged model, `models:/name/…` another version; both may be followed by a path. */
  async #ofModel(uri: string, signal: AbortSignal): Promise<string> {
    const parts = uri
      .replace(/^models:\/*/i, '')
      .split('/')
      .filter((part) => part !== '');
    const first = parts[0] ?? '';
    const isLoggedModel = /^m-[0-9a-f]{32}$/.test(first) || (parts.length === 1 && !first.includes('@'));
    if (isLoggedModel) {
      return join(await this.#loggedModelUri(first, signal), parts.slice(1));
    }
    const length = first.includes('@') ? 1 : 2;
    const pointed = parseModelUri(`models:/${parts.slice(0, length).join('/')}`);
    const version = await this.#versionOf(pointed, signal);
    return join(await this.#downloadUri(pointed.name, version, signal), parts.slice(length));
  }

  async #loggedModelUri(id: string, signal: AbortSignal): Promise<string> {
    const answer = await this.#client.getOptional(`logged-models/${encodeURIComponent(id)}`, signal);
    if (!answer.ok) {
      if (answer.status === 403) throw deniedFor(`logged model "${id}"`);
      throw invalid(`there is no logged model "${id}"`);
    }
    const uri = asText(asObject(asObject(answer.body.model)?.info)?.artifact_uri);
    if (uri === null) throw invalid(`MLflow does not tell where the artifacts of logged model "${id}" lie`);
    return uri;
  }

  /** In 3.x a model logged in a run lies beside the run's own artifacts, as a logged model. */
  async #ofRun(uri: string, signal: AbortSignal): Promise<string> {
    const [id = '', ...path] = uri
      .replace(/^runs:\/*/i, '')
      .split('/')
      .filter((part) => part !== '');
    if (id === '') throw invalid(`"${uri}" names no run`);
    const answer = await this.#client.get('runs/get', { run_id: id }, signal);
    if (!answer.ok) {
      if (answer.status === 403) throw deniedFor(`run "${id}"`);
      throw answer.status === 404 ? invalid(`there is no run "${id}"`) : refused(answer, `run "${id}"`);
    }
    const run = asObject(answer.body.run);
    const info = asObject(run?.info);
    const root = asText(info?.artifact_uri);
    if (root === null) throw invalid(`MLflow does not tell where the artifacts of run "${id}" lie`);
    const [modelName, ...rest] = path;
    if (modelName === undefined) return root;
    const steps = stepsOf(run);
    const logged = await this.#loggedBy(id, asText(info?.experiment_id) ?? '', modelName, steps, signal);
    return logged === null ? join(root, path) : join(logged, rest);
  }

  /** The model of that name that the run logged: of several the one of the last step, else the newest. */
  async #loggedBy(
    runId: string,
    experimentId: string,
    name: string,
    steps: ReadonlyMap<string, number>,
    signal: AbortSignal,
  ): Promise<string | null> {
    if (name.includes("'")) return null;
    let best: { readonly uri: string; readonly step: number; readonly createdAt: number } | null = null;
    let token: string | null = null;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await this.#client.searchOptional(
        'logged-models/search',
        {
          experiment_ids: [experimentId],
          filter: `name = '${name}'`,
          ...(token === null ? {} : { page_token: token }),
        },
        signal,
      );
      if (!answer.ok) break;
      for (const item of asList(answer.body.models)) {
        const info = asObject(asObject(item)?.info);
        const uri = asText(info?.artifact_uri);
        if (uri === null || info?.source_run_id !== runId) continue;
        const step = steps.get(asText(info.model_id) ?? '') ?? -1;
        const createdAt = asNumber(info.creation_timestamp_ms);
        const isBetter =
          best === null || step > best.step || (step === best.step && createdAt > best.createdAt);
        if (isBetter) best = { uri, step, createdAt };
      }
      token = asText(answer.body.next_page_token);
      if (token === null) break;
    }
    return best?.uri ?? null;
  }
}

function stepsOf(run: ReturnType<typeof asObject>): ReadonlyMap<string, number> {
  const outputs = asList(asObject(run?.outputs)?.model_outputs).map(asObject);
  return new Map(outputs.map((output) => [asText(output?.model_id) ?? '', asNumber(output?.step)]));
}

function join(uri: string, path: readonly string[]): string {
  if (path.includes('..') || path.includes('.')) throw invalid(`a path below "${uri}" leads out of it`);
  return [uri.replace(/\/+$/, ''), ...path].join('/');
}

function invalid(message: string): GatewayError {
  return new GatewayError('ARTIFACT_INVALID', message);
}
