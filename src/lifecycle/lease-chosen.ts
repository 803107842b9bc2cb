import { GatewayError } from '../errors.ts';
import { showName } from '../model/shown-name.ts';
import type { VersionChoice } from '../model/version-choice.ts';
import type { RoutedLease, ServedModels } from './served-models.ts';

/**
 * A lease on the version that a request names: the current one or the warm previous one (contract 4.3).
 *
 * @param route `null`: the default model.
 * @throws GatewayError MODEL_NOT_FOUND, MODEL_AMBIGUOUS; VERSION_NOT_FOUND if the registry has no such version or
 *   label; MODEL_NOT_READY if it has, but the version is not loaded; MODEL_OVERLOADED; what the registry throws.
 */
export async function leaseChosen(
  models: Pick<ServedModels, 'leaseVersion' | 'findVersion'>,
  route: string | null,
  choice: VersionChoice,
): Promise<RoutedLease> {
  const loaded = choice.kind === 'version' ? models.leaseVersion(route, choice.version) : null;
  if (loaded !== null) return loaded;
  const version = await models.findVersion(route, choice);
  const lease = models.leaseVersion(route, version);
  if (lease !== null) return lease;
  const named = choice.kind === 'label' ? `, which "${showName(choice.label)}" names,` : '';
  throw new GatewayError(
    'MODEL_NOT_READY',
    `version "${version}"${named} is not loaded; only the version that serves and the one before it can be asked for`,
  );
}
