import type { FollowedModel } from '../lifecycle/model-policy.ts';
import { text } from './setting-parsers.ts';
import type { SettingReader } from './setting-reader.ts';
import { suggestName } from './suggest-name.ts';

/** Which model the routes without a model name serve. */
export type DefaultModel =
  /** This route, whether or not it serves already. */
  | { readonly kind: 'named'; readonly route: string; readonly decidedBy: string }
  /** The model that a wildcard matches at start, if it is exactly one; then for the life of the process. */
  | { readonly kind: 'only-match-at-start' }
  /** None: such a request names a model or is refused. */
  | { readonly kind: 'none' };

const PACKAGED_DEFAULT = 'iris';

/**
 * Decides by contract section 2: the setting, else the one explicitly named model, else `iris` of the packaged
 * models, else what a wildcard alone matches. A setting that can never match is reported to `reader`.
 */
export function readDefaultModel(
  reader: SettingReader,
  models: readonly FollowedModel[],
  isPackagedRegistry: boolean,
): DefaultModel {
  const routes = models.map(({ route }) => route).filter((route) => route !== null);
  const hasWildcard = routes.length < models.length;
  const given = reader.given('SWITCHYARD_DEFAULT_MODEL');
  if (given !== null) {
    const route = reader.parse(given, text);
    if (route === null) return { kind: 'none' };
    // Without any usable entry the models themselves are the problem, and already reported.
    if (models.length > 0 && !hasWildcard && !routes.includes(route)) {
      const served = routes.map((name) => `"${name}"`).join(', ');
      reader.refuse(given, `allowed: a route that is served (${served})${suggestName(route, routes)}`);
    }
    return { kind: 'named', route, decidedBy: given.label };
  }
  const [only] = routes;
  if (routes.length === 1 && only !== undefined) {
    return { kind: 'named', route: only, decidedBy: 'the only model that is named' };
  }
  if (isPackagedRegistry && (hasWildcard || routes.includes(PACKAGED_DEFAULT))) {
    return { kind: 'named', route: PACKAGED_DEFAULT, decidedBy: 'the packaged models' };
  }
  return { kind: hasWildcard && routes.length === 0 ? 'only-match-at-start' : 'none' };
}
