import { GatewayError } from '../../errors.ts';
import { askEach } from './ask-each.ts';
import type { MlflowClient } from './mlflow-client.ts';
import { type ModelRecord, parseVersionRecord, type VersionRecord } from './mlflow-entities.ts';
import { deniedFor, refused } from './mlflow-errors.ts';
import type { ListedVersion, VersionListing } from './version-listing.ts';

/** A version's record, that there is no such version, or why it cannot be told. */
export type VersionAnswer = VersionRecord | GatewayError | null;

/** Version `version` of `model`. */
export interface VersionQuestion {
  readonly model: ModelRecord;
  readonly version: string;
}

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
/** Up to so many are read one by one; also the most that are read again in one poll only because time has passed. */
const MOST_SINGLE_READS = 4;
/**
 * One search over all versions is made instead of single reads if there are at most so many versions for each that is
 * wanted. A read takes the server 3 to 6 ms, a version in a search 0.07 ms (`bench/registry-polls.ts`), so the search
 * may cost a few times the work; it spares the requests.
 */
const MOST_VERSIONS_A_READ = 200;

/**
 * Reads versions that a model's record does not contain (it has one a stage). They are remembered while the model's
 * creation and update times stay, which move when a version is deleted or changes its stage.
 */
export class VersionLookup {
  readonly #client: MlflowClient;
  readonly #now: () => number;
  #remembered = new Map<string, Remembered>();

  constructor(client: MlflowClient, now: () => number) {
    this.#client = client;
    this.#now = now;
  }

  /**
   * The versions of one poll, in order: from the models' records, from memory, and from the server with the fewest
   * requests. What is not asked for is forgotten.
   *
   * @param listed how many versions the registry has, roughly; `null` if that is unknown.
   * @throws `signal`'s reason.
   */
  async findAll(
    questions: readonly VersionQuestion[],
    listed: number | null,
    listing: VersionListing,
    signal: AbortSignal,
  ): Promise<readonly VersionAnswer[]> {
    const asked = new Map<string, VersionQuestion>();
    for (const question of questions) {
      const { model, version } = question;
      if (!model.latestVersions.has(version)) asked.set(keyOf(model.name, version), question);
    }
    this.#remembered = new Map([...this.#remembered].filter(([key]) => asked.has(key)));
    const unknown = [...asked].filter(([key, { model }]) => !isCurrent(this.#remembered.get(key), model));
    const expired = [...asked]
      .filter(([key]) => (this.#remembered.get(key)?.expiresAt ?? Number.POSITIVE_INFINITY) <= this.#now())
      .filter(([key, { model }]) => isCurrent(this.#remembered.get(key), model));
    const failures = await this.#read(unknown, expired, listed, listing, signal);
    return questions.map(({ model, version }) => {
      const contained = model.latestVersions.get(version);
      if (contained !== undefined) return contained;
      const key = keyOf(model.name, version);
      const remembered = this.#remembered.get(key);
      return isCurrent(remembered, model) ? remembered.record : (failures.get(key) ?? null);
    });
  }

  /**
   * Asks the server, whatever is remembered; `null` if there is no such version, or it was deleted.
   *
   * @throws GatewayError REGISTRY_UNAVAILABLE; REGISTRY_FORBIDDEN if the account may not read the model.
   */
  async get(name: string, version: string, signal: AbortSignal): Promise<VersionRecord | null> {
    const what = `version ${version} of model "${name}"`;
    const answer = await this.#client.get('model-versions/get', { name, version }, signal);
    this.#remembered.delete(keyOf(name, version));
    if (!answer.ok) {
      if (answer.status === 404) return null;
      throw answer.status === 403 ? deniedFor(what) : refused(answer, what);
    }
    const record = parseVersionRecord(answer.body.model_version);
    if (record !== null) return record;
    throw new GatewayError('REGISTRY_UNAVAILABLE', `MLflow's answer about ${what} holds no version`);
  }

  /** Brings the memory up to date. @returns what could not be told, by key; what is not READY is told, not remembered. */
  async #read(
    unknown: readonly (readonly [key: string, VersionQuestion])[],
    expired: readonly (readonly [key: string, VersionQuestion])[],
    listed: number | null,
    listing: VersionListing,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, VersionAnswer>> {
    const told = new Map<string, VersionAnswer>();
    let left = [...unknown, ...expired];
    const isListingWorthwhile =
      left.length > MOST_SINGLE_READS && listed !== null && listed <= left.length * MOST_VERSIONS_A_READ;
    if (isListingWorthwhile) {
      const versions = await this.#list(listing, signal);
      if (versions instanceof GatewayError) return new Map(unknown.map(([key]) => [key, versions]));
      // What the listing lacks is asked for: it may have been cut off, or have changed between two pages.
      const found = new Map(versions.map(({ name, record }) => [keyOf(name, record.version), record]));
      for (const [key, { model }] of left) this.#take(key, model, found.get(key), told);
      left = left.filter(([key]) => !found.has(key));
    }
    const due = [
      ...left.filter((item) => !expired.includes(item)),
      ...left.filter((item) => expired.includes(item)).slice(0, MOST_SINGLE_READS),
    ];
    const answers = await askEach(due, ([, question]) => this.#tryGet(question, signal), signal);
    due.forEach(([key, { model }], index) => {
      this.#take(key, model, answers[index] as VersionAnswer, told);
    });
    return told;
  }

  async #list(
    listing: VersionListing,
    signal: AbortSignal,
  ): Promise<readonly ListedVersion[] | GatewayError> {
    try {
      return await listing.all();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof GatewayError) return error;
      throw error;
    }
  }

  #take(
    key: string,
    model: ModelRecord,
    answer: VersionAnswer | undefined,
    told: Map<string, VersionAnswer>,
  ): void {
    if (answer === undefined) return;
    if (answer instanceof GatewayError || (answer !== null && answer.status !== 'READY')) {
      told.set(key, answer);
      return;
    }
    const { createdAt, updatedAt } = model;
    this.#remembered.set(key, { record: answer, createdAt, updatedAt, expiresAt: this.#now() + REMEMBER_MS });
  }

  /** As `get`; what concerns only this model (403) is returned. */
  async #tryGet({ model, version }: VersionQuestion, signal: AbortSignal): Promise<VersionAnswer> {
    try {
      return await this.get(model.name, version, signal);
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'REGISTRY_FORBIDDEN') return error;
      throw error;
    }
  }
}

function isCurrent(remembered: Remembered | undefined, model: ModelRecord): remembered is Remembered {
  return remembered?.createdAt === model.createdAt && remembered.updatedAt === model.updatedAt;
}

function keyOf(name: string, version: string): string {
  return JSON.stringify([name, version]);
}
