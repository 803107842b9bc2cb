import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelVersion } from '../model/model-version.ts';
import { versionKey } from '../model/model-version.ts';
import { fileNameFor } from './signature-text.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

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

/**
 * What a process group remembers across a restart, beside the artifact cache: which version served each route last,
 * what operators hold, and which versions a process died of while it loaded them.
 *
 * Invariant: the marker of a load is on the disk before the native load begins, and gone after it has ended well.
 */
export class StateFile {
  readonly #directory: string;
  readonly #routes = new Map<string, RouteState>();
  #crashes: readonly z.infer<typeof crashSchema>[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Reads the state of an earlier process on the same cache and registry. A file that cannot be read counts as none.
   *
   * @param directory the folder for state files.
   * @param registryId whose versions it is about.
   */
  static async open(directory: string, registryId: string): Promise<StateFile> {
    const state = new StateFile(join(directory, fileNameFor(registryId)));
    await mkdir(state.#markerDirectory, { recursive: true });
    await state.#read();
    await state.#collectMarkers();
    return state;
  }

  route(name: string, uri: string): RouteState | null {
    const state = this.#routes.get(name);
    return state?.uri === uri ? state : null;
  }

  /** Names of all routes with a memory and the URI that each followed. */
  routes(): readonly { readonly name: string; readonly state: RouteState }[] {
    return [...this.#routes].map(([name, state]) => ({ name, state }));
  }

  async setRoute(name: string, state: RouteState): Promise<void> {
    this.#routes.set(name, state);
    await this.#write();
  }

  async forgetRoute(name: string): Promise<void> {
    if (this.#routes.delete(name)) await this.#write();
  }

  /** How many processes died while they loaded this version. */
  deathsOf(version: ModelVersion): number {
    const key = versionKey(version);
    return this.#crashes.find((crash) => crash.key === key && crash.source === version.source)?.deaths ?? 0;
  }

  /** An operator wants the version tried again in spite of what happened. */
  async forgiveCrash(version: ModelVersion): Promise<void> {
    const key = versionKey(version);
    this.#crashes = this.#crashes.filter((crash) => crash.key !== key);
    await this.#write();
  }

  /** Writes down that `version` is about to be loaded. @returns takes the marker away again. */
  async markLoading(version: ModelVersion): Promise<() => Promise<void>> {
    const path = join(this.#markerDirectory, `${randomUUID()}.json`);
    const marker: z.infer<typeof markerSchema> = {
      host: hostname(),
      pid: process.pid,
      startedAt: processStart(process.pid) ?? '',
      key: versionKey(version),
      source: version.source,
    };
    await writeFileAtomically(path, JSON.stringify(marker));
    return () => rm(path, { force: true });
  }

  get #markerDirectory(): string {
    return `${this.#directory}.loading`;
  }

  async #read(): Promise<void> {
    const text = await readFile(`${this.#directory}.json`, 'utf8').catch(() => null);
    if (text === null) return;
    const parsed = stateSchema.safeParse(parseOrNull(text));
    if (!parsed.success) return;
    for (const [name, route] of Object.entries(parsed.data.routes)) this.#routes.set(name, route);
    this.#crashes = parsed.data.crashes;
  }

  /** A marker whose process is gone tells of a death. Those of processes that live, or of other hosts, are left alone. */
  async #collectMarkers(): Promise<void> {
    for (const name of await readdir(this.#markerDirectory)) {
      const path = join(this.#markerDirectory, name);
      if (!name.endsWith('.json')) {
        await rm(path, { force: true });
        continue;
      }
      const text = await readFile(path, 'utf8').catch(() => '');
      const marker = markerSchema.safeParse(parseOrNull(text));
      if (!marker.success || marker.data.host !== hostname()) continue;
      if (processStart(marker.data.pid) === marker.data.startedAt && marker.data.startedAt !== '') continue;
      this.#countDeath(marker.data.key, marker.data.source);
      await this.#write();
      await rm(path, { force: true });
    }
  }

  #countDeath(key: string, source: string): void {
    const known = this.#crashes.find((crash) => crash.key === key && crash.source === source);
    const others = this.#crashes.filter((crash) => crash !== known);
    this.#crashes = [...others, { key, source, deaths: (known?.deaths ?? 0) + 1 }];
  }

  /** Writes follow each other, and each writes what is true when its turn comes. */
  #write(): Promise<void> {
    const write = async () => {
      const state: z.infer<typeof stateSchema> = {
        routes: Object.fromEntries(this.#routes),
        crashes: [...this.#crashes],
      };
      await writeFileAtomically(`${this.#directory}.json`, JSON.stringify(state));
    };
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** When a process began, in the kernel's own units, so that a reused number is told apart; `null` if there is none (or no /proc). */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold spaces; the start time is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
