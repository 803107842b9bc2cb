import { formatModelUri, type ModelUri } from '../model/model-uri.ts';
import { isSameVersion } from '../model/model-version.ts';
import type { PointerState, Resolution } from '../registry/model-registry.ts';
import type { FollowedModel } from './model-policy.ts';

/** What the comparison of two pointers found. */
export interface CrossCheckVerdict {
  /** The second pointer, as it is written. */
  readonly uri: string;
  /** What disagrees, for people; `null`: both name the same version. */
  readonly disagreement: string | null;
}

/** A second pointer as the registry tells it now. */
export interface CrossCheckState {
  readonly uri: ModelUri;
  readonly state: PointerState;
}

/** The URIs that are polled besides those of `models`, in the order of those that have a cross-check. */
export function crossCheckUris(models: readonly FollowedModel[]): readonly ModelUri[] {
  return models.flatMap(({ uri, crossCheck }) =>
    crossCheck === null ? [] : [{ name: uri.name, pointer: crossCheck.pointer }],
  );
}

/**
 * Finds the second pointers in a poll's full answer.
 *
 * @param resolutions those of `models`, then those of `crossCheckUris(models)`.
 * @returns by followed model, then by registered name.
 */
export function crossCheckStates(
  models: readonly FollowedModel[],
  resolutions: readonly Resolution[],
): (model: FollowedModel, name: string) => CrossCheckState | null {
  const checked = models.filter(({ crossCheck }) => crossCheck !== null);
  const byModel = new Map(
    checked.map((model, index) => {
      const states = resolutions[models.length + index]?.states ?? [];
      return [model, new Map(states.map((state) => [state.name, state]))] as const;
    }),
  );
  return (model, name) => {
    const states = byModel.get(model);
    if (states === undefined || model.crossCheck === null) return null;
    const uri = { name, pointer: model.crossCheck.pointer };
    // A wildcard tells only of models that have the pointer.
    const absent = { outcome: 'absent', name, reason: `${formatModelUri(uri)} names no version` } as const;
    return { uri, state: states.get(name) ?? absent };
  };
}

/**
 * Compares the followed pointer with the second one.
 *
 * @returns `null` if that cannot be told now, because one of them is not known.
 */
export function compareCrossCheck(
  uri: ModelUri,
  state: PointerState,
  other: CrossCheckState,
): CrossCheckVerdict | null {
  if (state.outcome !== 'found' || other.state.outcome === 'failed') return null;
  const otherUri = formatModelUri(other.uri);
  const version = other.state.outcome === 'found' ? other.state.version : null;
  if (isSameVersion(state.version, version)) return { uri: otherUri, disagreement: null };
  const named = version === null ? 'no version' : `version ${version.version}`;
  return {
    uri: otherUri,
    disagreement: `${formatModelUri(uri)} names version ${state.version.version}, but ${otherUri} names ${named}; the former is followed`,
  };
}
