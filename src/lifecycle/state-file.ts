import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import { type ModelVersion, versionKey } from '../model/model-version.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import { currentProcessMark, hasEnded } from './process-mark.ts';
import { fileNameFor } from './signature-text.ts';

/** A half-written marker of this age is left from a process that died. */
const HALF_WRITTEN_AFTER_MS = 60_000;

const versionSchema = z.object({
  registry: z.string(),
  workspace: z.string().nullable(),
  name: z.string(),
  version: z.string(),
  modelCreatedAt: z.number(),
  runId: z.string().nullable(),
  source: z.string(),
  tags: z.record(z.string(), z.string()),
});

const holdSchema = z.object({
  /** `pin`: until an operator takes it away. `rollback`: also until the pointer changes. */
  kind: z.enum(['pin', 'rollback']),
  version: versionSchema,
  /** What the pointer named when the hold was set. */
  desired: versionSchema.nullable(),
});

const routeSchema = z.object({
  /** The URI that the route followed; a route that follows another one now starts without a memory. */
  uri: z.string(),
  /** What the pointer named when it was read last. */
  desired: versionSchema.nullable(),
  lastGood: versionSchema.nullable(),
  /** Signature of `lastGood`, as `stringifySignature` writes it. */
  signature: z.string().nullable(),
  previous: versionSchema.nullable(),
  hold: holdSchema.nullable(),
});

const crashSchema = z.object({ key: z.string(), source: z.string(), deaths: z.number() });

const stateSchema = z.object({
  routes: z.record(z.string(), routeSchema),
  crashes: z.array(crashSchema),
});

const markerSchema = z.object({
  host: z.string(),
  pid: z.number(),
  startedAt: z.string(),
  key: z.string(),
  source: z.string(),
});

/** What an operator holds instead of what the pointer names. */
export type Hold = z.infer<typeof holdSchema>;
/** What is remembered of one route across a restart. */
export type RouteState = z.infer<typeof routeSchema>;

type State = z.infer<typeof stateSchema>;
type Marker = z.infer<typeof markerSchema>;

/**
 * What a process group remembers across a restart, beside the artifact cache: which version served each route last,
 * what operators hold, and which versions a process died of while it loaded them.
 *
 * Invariants: the marker of a load is on the disk before the load begins, and gone after it has ended; of what other
 * processes on the same cache have written, only what this one changes is replaced.
 */
export class StateFile {
  readonly #path: string;
  readonly #markerDirectory: string;
  #state: State = { routes: {}, crashes: [] };
  /** What the file does not say yet, oldest first. */
  #unwritten: ((state: State) => State)[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(basePath: string) {
    this.#path = `${basePath}.json`;
    this.#markerDirectory = `${basePath}.loading`;
  }

  /**
   * Reads the state of an earlier process on the same cache and registry. A file that cannot be read counts as none.
   *
   * @param directory the folder for state files.
   * @param registryId whose versions it is about.
   */
  static async open(directory: string, registryId: string): Promise<StateFile> {
    const file = new StateFile(join(directory, fileNameFor(registryId)));
    await mkdir(file.#markerDirectory, { recursive: true });
    file.#state = (await readState(file.#path)) ?? file.#state;
    await file.#collectMarkers();
    return file;
  }

  route(name: string, uri: string): RouteState | null {
    const route = this.#state.routes[name];
    return route?.uri === uri ? route : null;
  }

  /** Names of all routes with a memory and the URI that each followed. */
  routes(): readonly { readonly name: string; readonly state: RouteState }[] {
    return Object.entries(this.#state.routes).map(([name, state]) => ({ name, state }));
  }

  setRoute(name: string, route: RouteState): Promise<void> {
    return this.#change((state) => ({ ...state, routes: { ...state.routes, [name]: route } }));
  }

  forgetRoute(name: string): Promise<void> {
    return this.#change((state) => {
      const { [name]: _forgotten, ...routes } = state.routes;
      return { ...state, routes };
    });
  }

  /** How many processes died while they loaded this version. */
  deathsOf(version: ModelVersion): number {
    const key = versionKey(version);
    const isMeant = (crash: State['crashes'][number]) => crash.key === key && crash.source === version.source;
    return this.#state.crashes.find(isMeant)?.deaths ?? 0;
  }

  /** Another process has died while it loaded this version for us; nothing but this call tells of it. */
  recordDeath(version: ModelVersion): Promise<void> {
    return this.#change((state) => addDeath(state, versionKey(version), version.source));
  }

  /** An operator wants the version tried again in spite of what happened. */
  async forgiveCrash(version: ModelVersion): Promise<void> {
    const key = versionKey(version);
    if (!this.#state.crashes.some((crash) => crash.key === key)) return;
    await this.#change((state) => ({
      ...state,
      crashes: state.crashes.filter((crash) => crash.key !== key),
    }));
  }

  /**
   * Writes down that `version` is about to be loaded.
   *
   * @returns takes the marker away again.
   * @throws GatewayError CACHE_UNAVAILABLE.
   */
  async markLoading(version: ModelVersion): Promise<() => Promise<void>> {
    const path = join(this.#markerDirectory, `${randomUUID()}.json`);
    const marker: Marker = { ...currentProcessMark(), key: versionKey(version), source: version.source };
    try {
      await writeFileAtomically(path, JSON.stringify(marker), 0o600);
    } catch (error) {
      throw new GatewayError('CACHE_UNAVAILABLE', 'the marker of a load cannot be written beside the cache', {
        cause: error,
      });
    }
    return () => rm(path, { force: true });
  }

  /** Resolves when everything that was told is on the disk, or could not be written. */
  async flush(): Promise<void> {
    await this.#writing.catch(() => {}); // whoever made the change was told
  }

  /** The markers of processes that are gone tell of deaths: one a process and version, however many loads there were. */
  async #collectMarkers(): Promise<void> {
    const deaths = new Map<string, Marker>();
    for (const name of await readdir(this.#markerDirectory)) {
      const path = join(this.#markerDirectory, name);
      if (!name.endsWith('.json')) {
        await removeIfOld(path);
        continue;
      }
      const marker = markerSchema.safeParse(parseOrNull(await readFile(path, 'utf8').catch(() => ''))).data;
      if (marker === undefined || !hasEnded(marker)) continue;
      // Of several processes that start at once, the one that takes it away counts it.
      if (await isRemoved(path))
        deaths.set(JSON.stringify([marker.pid, marker.startedAt, marker.key, marker.source]), marker);
    }
    for (const { key, source } of deaths.values())
      await this.#change((state) => addDeath(state, key, source));
  }

  /** A change that cannot be written is tried again with the next one. */
  #change(change: (state: State) => State): Promise<void> {
    this.#state = change(this.#state);
    this.#unwritten.push(change);
    const write = () => this.#write();
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }

  async #write(): Promise<void> {
    const changes = [...this.#unwritten];
    if (changes.length === 0) return;
    const onDisk = await readState(this.#path);
    const state = onDisk === null ? this.#state : changes.reduce((before, change) => change(before), onDisk);
    await writeFileAtomically(this.#path, JSON.stringify(state), 0o600);
    this.#unwritten = this.#unwritten.slice(changes.length);
  }
}

async function readState(path: string): Promise<State | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : (stateSchema.safeParse(parseOrNull(text)).data ?? null);
}

function addDeath(state: State, key: string, source: string): State {
  const known = state.crashes.find((crash) => crash.key === key && crash.source === source);
  const others = state.crashes.filter((crash) => crash !== known);
  return { ...state, crashes: [...others, { key, source, deaths: (known?.deaths ?? 0) + 1 }] };
}

async function isRemoved(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch {
    return false;
  }
}

async function removeIfOld(path: string): Promise<void> {
  const writtenAt = await stat(path).then(
    (stats) => stats.mtimeMs,
    () => Date.now(), // its writer has finished meanwhile
  );
  if (Date.now() - writtenAt > HALF_WRITTEN_AFTER_MS) await rm(path, { force: true });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
