import { z } from 'zod';
import { GatewayError } from '../errors.ts';
import type { ModelService } from '../lifecycle/model-service.ts';
import type { OperatorOutcome } from '../lifecycle/operator-actions.ts';
import type { SlotController } from '../lifecycle/slot-controller.ts';
import type { Secret } from '../model/secret.ts';
import type { Log } from '../observability/log.ts';
import { type HttpContext, headerOf } from './http-env.ts';
import { authorizeOperator } from './operator-auth.ts';
import type { RouteTable } from './route-table.ts';

export interface OwnRoutesParts {
  readonly service: ModelService;
  readonly adminToken: Secret | null;
  readonly isEngineHealthy: () => boolean;
  readonly log: Log;
}

const pinBody = z.strictObject({
  version: z.string().regex(/^\d{1,18}$/, 'has to be a version number as a text, e.g. "7"'),
});

/** Probes, status and the operator's routes (contract 4.1 and 4.4). */
export function addOwnRoutes(routes: RouteTable, parts: OwnRoutesParts): void {
  const { service } = parts;
  routes.add('GET', '/', () => json(200, { status: 'alive' }));
  routes.add('GET', '/livez', () =>
    parts.isEngineHealthy()
      ? json(200, { live: true })
      : json(503, { live: false, reason: 'the engine cannot recover; restart the process' }),
  );
  routes.add('GET', '/readyz', () => {
    const readiness = service.readiness();
    return json(readiness.ready ? 200 : 503, readiness);
  });
  routes.add('GET', '/health', () => health(service));
  routes.add('GET', '/models', () => json(200, { models: service.statuses() }));
  routes.add('GET', '/models/:model', (context) => json(200, service.status(modelOf(context))));
  routes.add('GET', '/models/:model/history', (context) => {
    service.status(modelOf(context));
    throw new GatewayError('NOT_IMPLEMENTED', 'the history of a model is not recorded by this version');
  });
  addOperatorRoutes(routes, parts);
}

function addOperatorRoutes(routes: RouteTable, parts: OwnRoutesParts): void {
  const { service } = parts;
  const { actions } = service;
  const operate =
    (action: string, run: (controller: SlotController, context: HttpContext) => Promise<OperatorOutcome>) =>
    async (context: HttpContext): Promise<Response> => {
      authorizeOperator(parts.adminToken, headerOf(context, 'authorization'));
      const controller = service.find(modelOf(context));
      const outcome = await run(controller, context);
      parts.log.audit('operator', `${action} of "${controller.route}" by an operator`, {
        action,
        model: controller.route,
        outcome,
        current: controller.slot.current?.version.version ?? null,
        requestId: headerOf(context, 'x-request-id') ?? null,
      });
      return json(outcome === 'done' ? 200 : 202, service.status(controller.route));
    };
  routes.add(
    'POST',
    '/models/:model/rollback',
    operate('rollback', (controller) => actions.rollback(controller)),
  );
  routes.add(
    'POST',
    '/models/:model/refresh',
    operate('refresh', (controller) => actions.refresh(controller)),
  );
  routes.add(
    'DELETE',
    '/models/:model/pin',
    operate('unpin', (controller) => actions.unpin(controller)),
  );
  routes.add(
    'PUT',
    '/models/:model/pin',
    operate('pin', async (controller, context) => actions.pin(controller, await pinnedVersion(context))),
  );
}

async function pinnedVersion(context: HttpContext): Promise<string> {
  const body: unknown = await context.req.json().catch(() => null);
  const parsed = pinBody.safeParse(body);
  if (parsed.success) return parsed.data.version;
  throw new GatewayError('INVALID_INPUT', 'send {"version":"7"}', {
    problems: parsed.error.issues.map((issue) => ({
      pointer: issue.path.map((key) => `/${String(key)}`).join(''),
      detail: issue.message,
    })),
  });
}

function health(service: ModelService): Response {
  const readiness = service.readiness();
  const models = service
    .statuses()
    .map(({ name, current, ready }) => ({ name, version: current?.version ?? null, ready }));
  const model = service.defaultRoute ?? models[0]?.name ?? null;
  return readiness.ready
    ? json(200, { status: 'healthy', model, models })
    : json(503, { status: 'unhealthy', reason: readiness.reason, model, models });
}

function modelOf(context: HttpContext): string {
  return context.req.param('model') ?? '';
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });
}
