import { GatewayError } from '../../errors.ts';
import { formatModelUri, type ModelUri } from '../../model/model-uri.ts';
import type { ModelVersion } from '../../model/model-version.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { ModelRegistry, PointerState, Resolution } from '../model-registry.ts';
import { availablePointers, followPointer, stageNotes } from '../pointer-map.ts';
import { mapLimited } from './map-limited.ts';
import { MlflowClient, type MlflowClientOptions } from './mlflow-client.ts';
import { type ModelRecord, pointersOfRecord, type VersionRecord } from './mlflow-entities.ts';
import { MlflowLocation } from './mlflow-location.ts';
import { type ModelAnswer, type ModelAnswers, ModelLookup } from './model-lookup.ts';
import { printableSource } from './printable-source.ts';
import { StageHolders, type StageQuestion } from './stage-holders.ts';
import { VersionLookup } from './version-lookup.ts';

export interface MlflowRegistryOptions extends MlflowClientOptions {
  /** Ms since the epoch; the default is the system's clock. */
  readonly now?: () => number;
}

/**
 * The model registry of an MLflow server, 2.x or 3.x, over its REST API.
 *
 * @throws GatewayError INVALID_SETTING for a URI that is not http(s), or unreadable certificate files.
 */
export function createMlflowRegistry(options: MlflowRegistryOptions): ModelRegistry {
  return new MlflowRegistry(options);
}

const MAX_PARALLEL = 4;

class MlflowRegistry implements ModelRegistry {
  readonly id: string;
  readonly #client: MlflowClient;
  readonly #workspace: string | null;
  readonly #models: ModelLookup;
  readonly #versions: VersionLookup;
  readonly #holders: StageHolders;
  readonly #location: MlflowLocation;

  constructor(options: MlflowRegistryOptions) {
    this.#client = new MlflowClient(options);
    this.id = this.#client.id;
    this.#workspace = options.workspace;
    this.#models = new ModelLookup(this.#client);
    this.#versions = new VersionLookup(this.#client, options.now ?? Date.now);
    this.#holders = new StageHolders(this.#client);
    this.#location = new MlflowLocation(this.#client, (uri, signal) => this.#versionOf(uri, signal));
  }

  async resolve(uris: readonly ModelUri[], signal: AbortSignal): Promise<readonly Resolution[]> {
    signal.throwIfAborted();
    const names = [...new Set(uris.map((uri) => uri.name).filter((name) => name !== '*'))];
    const all = uris.some((uri) => uri.name === '*');
    const answers = await this.#models.find(names, all, signal);
    const questions = uris.flatMap((uri) => expand(uri, answers));
    await this.#holders.refresh(stageQuestions(questions), signal);
    const states = await mapLimited(questions, MAX_PARALLEL, (question) =>
      this.#follow(question.uri, question.model, answers.listed, signal),
    );
    return uris.map((uri): Resolution => {
      const own = states.filter((_, index) => questions[index]?.asked === uri);
      if (uri.name !== '*') return { uri, states: own, available: [] };
      const present = own.filter((state) => state.outcome !== 'absent');
      const available = present.length > 0 ? [] : availablePointers(answers.listed.map(pointersOfRecord));
      return { uri, states: present, available };
    });
  }

  async read(uri: ModelUri, signal: AbortSignal): Promise<PointerState> {
    signal.throwIfAborted();
    const { name, pointer } = uri;
    const model = await this.#models.ask(name, signal);
    if (model === null) return absentModel(name, []);
    if (model instanceof GatewayError) return { outcome: 'failed', name, error: model };
    const target = followPointer(pointersOfRecord(model), pointer);
    if (target.version === null) return { outcome: 'absent', name, reason: target.reason };
    const record = await this.#versions.get(name, target.version, signal);
    if (pointer.kind === 'stage') {
      await this.#holders.refresh([{ model, stage: pointer.stage, version: target.version }], signal);
    }
    return this.#toState(uri, model, target.version, record);
  }

  async locate(version: ModelVersion, signal: AbortSignal): Promise<string> {
    return await this.#location.find(version.name, version.version, signal);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #follow(
    uri: ModelUri,
    model: ModelAnswer,
    listed: readonly ModelRecord[],
    signal: AbortSignal,
  ): Promise<PointerState> {
    const { name, pointer } = uri;
    if (model === null) return absentModel(name, listed);
    if (model instanceof GatewayError) return { outcome: 'failed', name, error: model };
    const target = followPointer(pointersOfRecord(model), pointer);
    if (target.version === null) return { outcome: 'absent', name, reason: target.reason };
    try {
      const record = await this.#versions.find(model, target.version, signal);
      return this.#toState(uri, model, target.version, record);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof GatewayError) return { outcome: 'failed', name, error };
      throw error;
    }
  }

  #toState(uri: ModelUri, model: ModelRecord, version: string, record: VersionRecord | null): PointerState {
    const { name, pointer } = uri;
    if (record === null) {
      const missing = `model "${name}" has no version ${version}`;
      const reason =
        pointer.kind === 'version' ? missing : `${formatModelUri(uri)} names a deleted version: ${missing}`;
      return { outcome: 'absent', name, reason };
    }
    if (record.status !== 'READY') {
      const why = record.statusMessage === null ? '' : `: ${record.statusMessage}`;
      const message = `version ${version} of model "${name}" is ${record.status}${why}`;
      return { outcome: 'failed', name, error: new GatewayError('VERSION_NOT_READY', message) };
    }
    const notes =
      pointer.kind === 'stage'
        ? stageNotes(pointer.stage, this.#holders.versions({ model, stage: pointer.stage, version }))
        : [];
    return { outcome: 'found', name, version: this.#toVersion(model, record), notes };
  }

  #toVersion(model: ModelRecord, record: VersionRecord): ModelVersion {
    return {
      registry: this.id,
      workspace: this.#workspace,
      name: model.name,
      version: record.version,
      modelCreatedAt: model.createdAt,
      runId: record.runId,
      source: printableSource(record.source),
      tags: record.tags,
    };
  }

  async #versionOf(uri: ModelUri, signal: AbortSignal): Promise<string> {
    const state = await this.read(uri, signal);
    if (state.outcome === 'found') return state.version.version;
    if (state.outcome === 'failed') throw state.error;
    throw new GatewayError(
      'ARTIFACT_INVALID',
      `artifacts are said to lie at ${formatModelUri(uri)}: ${state.reason}`,
    );
  }
}

/** One pointer of one model; `asked` is the URI, maybe a wildcard, that it answers. */
interface Question {
  readonly asked: ModelUri;
  readonly uri: ModelUri;
  readonly model: ModelAnswer;
}

function expand(asked: ModelUri, answers: ModelAnswers): readonly Question[] {
  if (asked.name !== '*') return [{ asked, uri: asked, model: answers.named.get(asked.name) ?? null }];
  return answers.listed.map((model) => ({ asked, uri: { ...asked, name: model.name }, model }));
}

function stageQuestions(questions: readonly Question[]): readonly StageQuestion[] {
  return questions.flatMap(({ uri, model }) => {
    if (uri.pointer.kind !== 'stage' || model === null || model instanceof GatewayError) return [];
    const { version } = followPointer(pointersOfRecord(model), uri.pointer);
    return version === null ? [] : [{ model, stage: uri.pointer.stage, version }];
  });
}

function absentModel(name: string, listed: readonly ModelRecord[]): PointerState {
  const hint = didYouMean(
    name,
    listed.map((model) => model.name),
  );
  return { outcome: 'absent', name, reason: `there is no model "${name}"${hint}` };
}
