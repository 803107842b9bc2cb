import type { Pointer } from '../model/model-uri.ts';
import { compareVersionNumbers, highestVersion } from './version-number.ts';

/** What the pointers of one model name at one moment, in version numbers. */
export interface PointerMap {
  readonly name: string;
  /** Stage (MLflow's spelling where it is one of MLflow's) → its versions, as far as the registry tells them. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
  readonly aliases: ReadonlyMap<string, string>;
  /** The highest version number, whatever its stage; `null` without versions. */
  readonly latest: string | null;
}

/** The version number that a pointer leads to (which may not exist), or why it leads nowhere. */
export type PointerTarget =
  | { readonly version: string; readonly notes: readonly string[] }
  | { readonly version: null; readonly reason: string };

/** Follows `pointer` by MLflow's rules: of several versions in a stage the highest number counts. */
export function followPointer(map: PointerMap, pointer: Pointer): PointerTarget {
  switch (pointer.kind) {
    case 'version':
      return { version: pointer.version, notes: [] };
    case 'latest':
      if (map.latest !== null) return { version: map.latest, notes: [] };
      return { version: null, reason: `model "${map.name}" has no versions` };
    case 'alias': {
      const version = map.aliases.get(pointer.alias);
      if (version !== undefined) return { version, notes: [] };
      return {
        version: null,
        reason: `model "${map.name}" has no alias "${pointer.alias}"; ${whatExists(map)}`,
      };
    }
    case 'stage': {
      const versions = map.stages.get(pointer.stage) ?? [];
      const version = highestVersion(versions);
      if (version !== null) return { version, notes: stageNotes(pointer.stage, versions) };
      return {
        version: null,
        reason: `model "${map.name}" has no version in stage "${pointer.stage}"; ${whatExists(map)}`,
      };
    }
  }
}

/**
 * The sentence for the operator when a stage holds several versions; moving an older version into a stage that a
 * newer one still holds changes nothing for readers, which surprises people.
 */
export function stageNotes(stage: string, versions: readonly string[]): readonly string[] {
  if (versions.length < 2 || stage === 'None' || stage === 'Archived') return [];
  const sorted = [...versions].sort(compareVersionNumbers);
  const last = sorted.at(-1);
  return [
    `${stage} holds ${sorted.slice(0, -1).join(', ')} and ${last}; ${last} is served; archive ${last} to roll back`,
  ];
}

/** `it has Production (2), Staging (3) and @champion (2)`, for messages. */
export function whatExists(map: PointerMap): string {
  const parts = [
    ...[...map.stages]
      .filter(([, versions]) => versions.length > 0)
      .map(([stage, versions]) => `${stage} (${[...versions].sort(compareVersionNumbers).join(', ')})`),
    ...[...map.aliases].map(([alias, version]) => `@${alias} (${version})`),
  ];
  if (parts.length === 0) return 'it has no versions';
  return `it has ${parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`}`;
}

/** The stages (`Production`) and aliases (`@champion`) that any of `maps` has, sorted. */
export function availablePointers(maps: Iterable<PointerMap>): readonly string[] {
  const names = new Set<string>();
  for (const map of maps) {
    for (const [stage, versions] of map.stages) if (versions.length > 0) names.add(stage);
    for (const alias of map.aliases.keys()) names.add(`@${alias}`);
  }
  return [...names].sort();
}
