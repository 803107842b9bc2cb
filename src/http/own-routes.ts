import { GatewayError } from '../errors.ts';
import type { ServedModels } from '../lifecycle/served-models.ts';
import type { HttpContext } from './http-env.ts';
import { jsonAnswer } from './json-answer.ts';
import type { RouteTable } from './route-table.ts';

export interface OwnRoutesParts {
  readonly service: ServedModels;
  readonly isEngineHealthy: () => boolean;
}

/** Probes and status (contract 4.1). */
export function addOwnRoutes(routes: RouteTable, parts: OwnRoutesParts): void {
  const { service } = parts;
  routes.add('GET', '/', () => jsonAnswer(200, { status: 'alive' }));
  routes.add('GET', '/livez', () =>
    parts.isEngineHealthy()
      ? jsonAnswer(200, { live: true })
      : jsonAnswer(503, { live: false, reason: 'the engine cannot recover; restart the process' }),
  );
  routes.add('GET', '/readyz', () => {
    const readiness = service.readiness();
    return jsonAnswer(readiness.ready ? 200 : 503, readiness);
  });
  routes.add('GET', '/health', () => health(service));
  routes.add('GET', '/models', () => jsonAnswer(200, { models: service.statuses() }));
  routes.add('GET', '/models/:model', (context) => jsonAnswer(200, service.status(modelOf(context))));
  routes.add('GET', '/models/:model/history', (context) => {
    service.status(modelOf(context));
    throw new GatewayError('NOT_IMPLEMENTED', 'the history of a model is not recorded by this version');
  });
}

function health(service: ServedModels): Response {
  const readiness = service.readiness();
  const models = service
    .statuses()
    .map(({ name, current, ready }) => ({ name, version: current?.version ?? null, ready }));
  const model = service.defaultRoute ?? models[0]?.name ?? null;
  return readiness.ready
    ? jsonAnswer(200, { status: 'healthy', model, models })
    : jsonAnswer(503, { status: 'unhealthy', reason: readiness.reason, model, models });
}

function modelOf(context: HttpContext): string {
  return context.req.param('model') ?? '';
}
