import { GatewayError } from '../../errors.ts';
import type { ServedModels } from '../../lifecycle/served-models.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { InfoRoute } from '../protocol.ts';
import { leaseOf, MODEL_PATHS } from './model-paths.ts';

/** Whether the server lives, is ready, and a model is: told by the status, and in the body for those who read it. */
export function healthRoutes(models: ServedModels): readonly InfoRoute[] {
  return [
    { method: 'GET', path: '/v2/health/live', handle: () => jsonAnswer({ live: true }) },
    {
      method: 'GET',
      path: '/v2/health/ready',
      handle: () => {
        const readiness = models.readiness();
        if (readiness.ready) return jsonAnswer({ ready: true });
        throw new GatewayError('MODEL_NOT_READY', readiness.reason);
      },
    },
    ...MODEL_PATHS.map(
      (path): InfoRoute => ({
        method: 'GET',
        path: `${path}/ready`,
        handle: async (request) => {
          using _lease = await leaseOf(models, request);
          return jsonAnswer({ name: request.param('model'), ready: true });
        },
      }),
    ),
  ];
}
