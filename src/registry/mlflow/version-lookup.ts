import { GatewayError } from '../../errors.ts';
import type { MlflowClient } from './mlflow-client.ts';
import { type ModelRecord, parseVersionRecord, type VersionRecord } from './mlflow-entities.ts';
import { deniedFor, refused } from './mlflow-errors.ts';

interface Remembered {
  /** `null`: there is no such version; a new one would move the model's update time. */
  readonly record: VersionRecord | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number;
}

/**
 * For how long a version is not asked for again: a new version tag (`switchyard.allow_breaking`) shows nowhere else.
 * A webhook that tells of one has the version read directly, which ends the memory.
 */
const REMEMBER_MS = 60_000;

/**
 * Reads versions that a model's record does not contain (it has one a stage). They are remembered while the model's
 * creation and update times stay, which move when a version is deleted or changes its stage.
 */
export class VersionLookup {
  readonly #client: MlflowClient;
  readonly #now: () => number;
  readonly #remembered = new Map<string, Remembered>();

  constructor(client: MlflowClient, now: () => number) {
    this.#client = client;
    this.#now = now;
  }

  /** Version `version` of `model`, from its record, memory or the server; `null` if there is none. Throws as `get`. */
  async find(model: ModelRecord, version: string, signal: AbortSignal): Promise<VersionRecord | null> {
    const contained = model.latestVersions.get(version);
    if (contained !== undefined) return contained;
    const key = keyOf(model.name, version);
    const remembered = this.#remembered.get(key);
    const { createdAt, updatedAt } = model;
    if (
      remembered?.createdAt === createdAt &&
      remembered.updatedAt === updatedAt &&
      remembered.expiresAt > this.#now()
    ) {
      return remembered.record;
    }
    const record = await this.get(model.name, version, signal);
    if (record === null || record.status === 'READY') {
      this.#remembered.set(key, { record, createdAt, updatedAt, expiresAt: this.#now() + REMEMBER_MS });
    }
    return record;
  }

  /**
   * Asks the server, whatever is remembered; `null` if there is no such version, or it was deleted.
   *
   * @throws GatewayError REGISTRY_UNAVAILABLE; REGISTRY_FORBIDDEN if the account may not read the model.
   */
  async get(name: string, version: string, signal: AbortSignal): Promise<VersionRecord | null> {
    this.#remembered.delete(keyOf(name, version));
    const what = `version ${version} of model "${name}"`;
    const answer = await this.#client.get('model-versions/get', { name, version }, signal);
    if (!answer.ok) {
      if (answer.status === 404) return null;
      throw answer.status === 403 ? deniedFor(what) : refused(answer, what);
    }
    const record = parseVersionRecord(answer.body.model_version);
    if (record !== null) return record;
    throw new GatewayError('REGISTRY_UNAVAILABLE', `MLflow's answer about ${what} holds no version`);
  }
}

function keyOf(name: string, version: string): string {
  return JSON.stringify([name, version]);
}
