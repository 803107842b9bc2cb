import type { PointerMap } from '../pointer-map.ts';
import { highestVersion, isVersionNumber } from '../version-number.ts';
import type { JsonObject } from './mlflow-client.ts';

/** MLflow's ModelVersion, as much of it as is used. Unset and empty fields are `null`. */
export interface VersionRecord {
  readonly version: string;
  readonly stage: string;
  readonly source: string;
  readonly runId: string | null;
  readonly status: string;
  readonly statusMessage: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** MLflow's RegisteredModel, as much of it as is used. */
export interface ModelRecord {
  readonly name: string;
  /** Ms since the epoch. */
  readonly createdAt: number;
  /** Ms since the epoch. Moves with stages, new and deleted versions; not with aliases and tags. */
  readonly updatedAt: number;
  /** The highest version of each stage, by its number. */
  readonly latestVersions: ReadonlyMap<string, VersionRecord>;
  readonly aliases: ReadonlyMap<string, string>;
  /** A prompt of the prompt registry, which shares the table of models. */
  readonly isPrompt: boolean;
}

/** Reads a `registered_model`; `null` if it is none. */
export function parseModelRecord(value: unknown): ModelRecord | null {
  const object = asObject(value);
  if (object === null || typeof object.name !== 'string') return null;
  const versions = asList(object.latest_versions)
    .map(parseVersionRecord)
    .filter((record) => record !== null);
  const aliases = asList(object.aliases).flatMap((item) => {
    const { alias, version } = asObject(item) ?? {};
    return typeof alias === 'string' && isNumberText(version) ? [[alias, String(version)] as const] : [];
  });
  return {
    name: object.name,
    createdAt: asNumber(object.creation_timestamp),
    updatedAt: asNumber(object.last_updated_timestamp),
    latestVersions: new Map(versions.map((record) => [record.version, record])),
    aliases: new Map(aliases),
    isPrompt: parseTags(object.tags)['mlflow.prompt.is_prompt']?.toLowerCase() === 'true',
  };
}

/** Reads a `model_version`; `null` if it is none. */
export function parseVersionRecord(value: unknown): VersionRecord | null {
  const object = asObject(value);
  if (object === null || !isNumberText(object.version)) return null;
  return {
    version: String(object.version),
    stage: asText(object.current_stage) ?? 'None',
    source: asText(object.source) ?? '',
    runId: asText(object.run_id),
    status: asText(object.status) ?? 'READY',
    statusMessage: asText(object.status_message),
    tags: parseTags(object.tags),
  };
}

/** The pointers of a model as its record tells them: one version a stage, though more may be in it. */
export function pointersOfRecord(model: ModelRecord): PointerMap {
  const stages = new Map<string, string[]>();
  for (const record of model.latestVersions.values()) {
    stages.set(record.stage, [...(stages.get(record.stage) ?? []), record.version]);
  }
  return {
    name: model.name,
    stages,
    aliases: model.aliases,
    latest: highestVersion(model.latestVersions.keys()),
  };
}

/** A list of objects, tolerating its absence: MLflow leaves empty lists out. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** The text, or `null` for an absent or empty one: MLflow gives `""` for what was not set. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** int64 fields are JSON numbers in MLflow and texts in plain protobuf JSON. */
export function asNumber(value: unknown): number {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : 0;
  return Number.isFinite(number) ? number : 0;
}

function parseTags(value: unknown): Readonly<Record<string, string>> {
  const pairs = asList(value).flatMap((item) => {
    const { key, value: text } = asObject(item) ?? {};
    return typeof key === 'string' ? [[key, typeof text === 'string' ? text : ''] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function isNumberText(value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'number') && isVersionNumber(String(value));
}
