import { type ModelVersion, versionKey } from '../../model/model-version.ts';
import type { VersionStanding } from '../../model/version-standing.ts';

interface Entry {
  readonly version: ModelVersion;
  /** By route, the newest word last. */
  readonly routes: Map<string, VersionStanding>;
  /** What was said of the version last, in a comparable form. */
  words: string;
}

/** A version, and what is to be said of it from now on. */
export interface Statement {
  readonly version: ModelVersion;
  readonly standing: VersionStanding;
}

/**
 * What became of each version under all routes of this gateway, since several may follow one model. A version that is
 * live under one of them is live, else the newest word counts; the reason tells of every route that matters.
 */
export class StandingLedger {
  readonly #entries = new Map<string, Entry>();

  /** @returns what is to be said now; `null` if that is no news. */
  set(route: string, version: ModelVersion, standing: VersionStanding): Statement | null {
    const key = versionKey(version);
    const entry = this.#entries.get(key) ?? { version, routes: new Map(), words: '' };
    this.#entries.set(key, entry);
    entry.routes.delete(route);
    entry.routes.set(route, standing);
    return state(entry);
  }

  /**
   * A route has nothing more to say of the versions that `isOver` picks.
   *
   * @returns what is to be said now of those that are in other routes' words, too.
   */
  drop(
    route: string,
    isOver: (version: ModelVersion, standing: VersionStanding) => boolean,
  ): readonly Statement[] {
    const statements: (Statement | null)[] = [];
    for (const [key, entry] of this.#entries) {
      const standing = entry.routes.get(route);
      if (standing === undefined || !isOver(entry.version, standing)) continue;
      entry.routes.delete(route);
      if (entry.routes.size === 0) this.#entries.delete(key);
      else statements.push(state(entry));
    }
    return statements.filter((statement) => statement !== null);
  }
}

function state(entry: Entry): Statement | null {
  const standing = summarise(entry.routes);
  const words = JSON.stringify([standing.status, standing.reason, standing.digest]);
  if (words === entry.words) return null;
  entry.words = words;
  return { version: entry.version, standing };
}

function summarise(routes: ReadonlyMap<string, VersionStanding>): VersionStanding {
  const all = [...routes.values()].reverse();
  const live = all.filter(({ status }) => status === 'live');
  const rest = all.filter(({ status }) => status !== 'live');
  // "Another version took its place" is no news where it is live elsewhere.
  const telling = [...live, ...rest.filter(({ status }) => live.length === 0 || status !== 'previous')];
  const [first] = telling;
  if (first === undefined) throw new Error('a version without any standing; this is a bug');
  return { ...first, reason: [...new Set(telling.map(({ reason }) => reason))].join('; ') };
}
