import { leaseChosen } from '../../lifecycle/lease-chosen.ts';
import type { ModelStatus } from '../../lifecycle/model-status.ts';
import type { Lease } from '../../lifecycle/servable.ts';
import type { ServedModels } from '../../lifecycle/served-models.ts';
import type { InfoRequest } from '../protocol.ts';
import { versionChoice } from '../version-choice.ts';

/** The versions of a model that can be asked for, the one that serves first. */
export function versionsOf({ current, previous }: ModelStatus): readonly string[] {
  return [current, previous].flatMap((known) => (known === null ? [] : [known.version]));
}

/** Where a model is, with and without a version. */
export const MODEL_PATHS = ['/v2/models/:model', '/v2/models/:model/versions/:version'] as const;

/**
 * A hold on the version that the path of a request names, or on the one that serves.
 *
 * @throws GatewayError as `ServedModels.lease` and `leaseChosen`.
 */
export async function leaseOf(models: ServedModels, request: InfoRequest): Promise<Lease> {
  const route = request.param('model') ?? null;
  const choice = versionChoice(request.param('version'));
  const routed = choice === null ? models.lease(route) : await leaseChosen(models, route, choice);
  return routed.lease;
}
