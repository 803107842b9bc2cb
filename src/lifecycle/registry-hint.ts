import type { ModelUri } from '../model/model-uri.ts';
import { ALLOW_BREAKING_TAG } from './next-action.ts';

/** What a registry says has changed. Only ever a reason to read it: nothing in here is believed. */
export type RegistryChange =
  | { readonly kind: 'alias'; readonly alias: string }
  | { readonly kind: 'version-created'; readonly version: string }
  | { readonly kind: 'version-tag'; readonly version: string; readonly key: string }
  /** Nothing that a pointer depends on. */
  | { readonly kind: 'other' };

/** Unasked-for news of a registry, from somebody who has proved to be that registry. */
export interface RegistryHint {
  /** The same in every repetition of one delivery. */
  readonly deliveryId: string;
  /** Where the registry has workspaces; else `null`. */
  readonly workspace: string | null;
  /** The registered model. */
  readonly name: string;
  readonly change: RegistryChange;
}

/** What became of a hint. */
export type HintOutcome =
  /** The registry is read, at once or as soon as the rate allows. */
  | 'accepted'
  /** Its delivery was taken before. */
  | 'duplicate'
  /** It cannot concern anything that is followed. */
  | 'ignored';

/** The workspace that requests without one are for (MLflow 3.10 and later). */
const DEFAULT_WORKSPACE = 'default';

/** Whether a hint is about the workspace that is followed; a registry without workspaces names none. */
export function concernsWorkspace(hint: RegistryHint, followed: string | null): boolean {
  return hint.workspace === null || hint.workspace === (followed ?? DEFAULT_WORKSPACE);
}

/** Whether what a hint tells can change what `uri` names, or whether the version that it names may serve. */
export function concernsPointer(
  { name, change }: RegistryHint,
  { name: followed, pointer }: ModelUri,
): boolean {
  if (followed !== '*' && followed !== name) return false;
  switch (change.kind) {
    case 'alias':
      return pointer.kind === 'alias' && pointer.alias === change.alias;
    case 'version-created':
      if (pointer.kind === 'version') return pointer.version === change.version;
      // A new version is in the stage None.
      return pointer.kind === 'latest' || (pointer.kind === 'stage' && pointer.stage === 'None');
    case 'version-tag':
      return (
        change.key === ALLOW_BREAKING_TAG &&
        (pointer.kind !== 'version' || pointer.version === change.version)
      );
    case 'other':
      return false;
  }
}
