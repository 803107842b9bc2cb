import { GatewayError } from '../../errors.ts';
import { formatModelUri, type ModelUri } from '../../model/model-uri.ts';
import type { ModelVersion } from '../../model/model-version.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { ModelRegistry, PointerState, Resolution } from '../model-registry.ts';
import { availablePointers, followPointer, stageNotes } from '../pointer-map.ts';
import { MlflowClient, type MlflowClientOptions } from './mlflow-client.ts';
import { type ModelRecord, pointersOfRecord, type VersionRecord } from './mlflow-entities.ts';
import { MlflowLocation } from './mlflow-location.ts';
import { type ModelAnswer, type ModelAnswers, ModelLookup } from './model-lookup.ts';
import { printableSource } from './printable-source.ts';
import { StageHolders, type StageQuestion } from './stage-holders.ts';
import { VersionListing } from './version-listing.ts';
import { type VersionAnswer, VersionLookup, type VersionQuestion } from './version-lookup.ts';

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
    const now = options.now ?? Date.now;
    this.#models = new ModelLookup(this.#client, now);
    this.#versions = new VersionLookup(this.#client, now);
    this.#holders = new StageHolders(now);
    this.#location = new MlflowLocation(this.#client, (uri, signal) => this.#versionOf(uri, signal));
  }

  async resolve(uris: readonly ModelUri[], signal: AbortSignal): Promise<readonly Resolution[]> {
    signal.throwIfAborted();
    const names = [...new Set(uris.map((uri) => uri.name).filter((name) => name !== '*'))];
    const all = uris.some((uri) => uri.name === '*');
    const answers = await this.#models.find(names, all, signal);
    const questions = uris.flatMap((uri) => expand(uri, answers));
    const listing = new VersionListing(this.#client, signal);
    await this.#holders.refresh(questions.flatMap(stageQuestion), listing, signal);
    const leads = questions.map(({ lead }) => lead).filter((lead) => 'model' in lead);
    const versions = countVersions(answers.listed);
    const records = await this.#versions.findAll(leads, versions, listing, signal);
    const recordOf = new Map(leads.map((lead, index) => [lead, records[index] ?? null]));
    const byUri = Map.groupBy(questions, ({ asked }) => asked);
    return uris.map((uri): Resolution => {
      const own = (byUri.get(uri) ?? []).map(({ uri, lead }) =>
        'model' in lead ? this.#toState(uri, lead, recordOf.get(lead) ?? null) : lead,
      );
      if (uri.name !== '*') return { uri, states: own, available: [] };
      const present = own.filter((state) => state.outcome !== 'absent');
      const available =
        present.length > 0 ? [] : availablePointers((answers.listed ?? []).map(pointersOfRecord));
      return { uri, states: present, available };
    });
  }

  async read(uri: ModelUri, signal: AbortSignal): Promise<PointerState> {
    signal.throwIfAborted();
    const { name } = uri;
    const lead = leadOf(uri, await this.#models.ask(name, signal), []);
    if (!('model' in lead)) return lead;
    const record = await this.#versions.get(name, lead.version, signal);
    const listing = new VersionListing(this.#client, signal);
    await this.#holders.refresh(stageQuestion({ uri, lead }), listing, signal);
    return this.#toState(uri, lead, record);
  }

  async locate(version: ModelVersion, signal: AbortSignal): Promise<string> {
    return await this.#location.find(version.name, version.version, signal);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #toState(uri: ModelUri, { model, version }: VersionQuestion, record: VersionAnswer): PointerState {
    const { name, pointer } = uri;
    if (record instanceof GatewayError) return { outcome: 'failed', name, error: record };
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

/** One pointer of one model. */
interface Question {
  /** The URI, maybe a wildcard, that it answers. */
  readonly asked: ModelUri;
  readonly uri: ModelUri;
  readonly lead: Lead;
}

/** The version that a pointer leads to, which may not exist; or what is known without one. */
type Lead = VersionQuestion | PointerState;

function expand(asked: ModelUri, { listed, named }: ModelAnswers): readonly Question[] {
  const models = listed ?? [];
  if (asked.name !== '*') {
    return [{ asked, uri: asked, lead: leadOf(asked, named.get(asked.name) ?? null, models) }];
  }
  return models.map((model) => {
    const uri = { ...asked, name: model.name };
    return { asked, uri, lead: leadOf(uri, model, models) };
  });
}

function leadOf({ name, pointer }: ModelUri, model: ModelAnswer, listed: readonly ModelRecord[]): Lead {
  if (model === null) return absentModel(name, listed);
  if (model instanceof GatewayError) return { outcome: 'failed', name, error: model };
  const target = followPointer(pointersOfRecord(model), pointer);
  if (target.version === null) return { outcome: 'absent', name, reason: target.reason };
  return { model, version: target.version };
}

function stageQuestion({ uri, lead }: Pick<Question, 'uri' | 'lead'>): readonly StageQuestion[] {
  if (uri.pointer.kind !== 'stage' || !('model' in lead)) return [];
  return [{ ...lead, stage: uri.pointer.stage }];
}

/** How many versions there are at most: numbers are not used twice. `null` if not all models are known. */
function countVersions(listed: readonly ModelRecord[] | null): number | null {
  if (listed === null) return null;
  return listed.reduce((sum, model) => sum + Number(pointersOfRecord(model).latest ?? 0), 0);
}

function absentModel(name: string, listed: readonly ModelRecord[]): PointerState {
  const hint = didYouMean(
    name,
    listed.map((model) => model.name),
  );
  return { outcome: 'absent', name, reason: `there is no model "${name}"${hint}` };
}
