import type { ServerResponse } from 'node:http';
import type { Hono } from 'hono';
import type { ServedModels } from '../lifecycle/served-models.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { DirectRoutes } from './direct-routes.ts';
import { addDocsRoutes } from './docs-routes.ts';
import { type HttpContext, type HttpEnv, headerOf } from './http-env.ts';
import { addInfoRoutes, type InfoRoutesParts } from './info-routes.ts';
import { callOfContext, toResponse } from './model-call.ts';
import { createModelHandler, type ModelHandlerParts } from './model-handler.ts';
import { addOpenApiRoutes, type OpenApiRoutesParts } from './openapi-routes.ts';
import { addOperatorRoutes, type OperatorRoutesParts } from './operator-routes.ts';
import { addOwnRoutes, type OwnRoutesParts } from './own-routes.ts';
import { RouteTable } from './route-table.ts';
import { addWebhookRoutes, type WebhookRoutesParts } from './webhook-routes.ts';

export interface AppParts
  extends ModelHandlerParts,
    OwnRoutesParts,
    OperatorRoutesParts,
    WebhookRoutesParts,
    InfoRoutesParts,
    OpenApiRoutesParts {
  readonly protocols: readonly Protocol[];
  readonly service: ServedModels;
  readonly metrics: Metrics;
  readonly maxBodyBytes: number;
  /** Whether `GET /metrics` is one of the main port's routes. */
  readonly servesMetrics: boolean;
}

/** What one port serves. */
export interface App {
  readonly router: Hono<HttpEnv>;
  /** The short way for requests that need no router. */
  readonly direct: DirectRoutes;
  /** To be told of every answer that has left or lost its connection. */
  readonly answerClosed: (answer: ServerResponse) => void;
}

/** Every route of the main port. */
export function createApp(parts: AppParts): App {
  const routes = new RouteTable(parts.phase, parts.log, parts.protocols);
  const direct = new DirectRoutes(parts.maxBodyBytes);
  const taken = new Set<string>();
  for (const protocol of parts.protocols) {
    for (const route of protocol.routes) {
      // The router takes the first of several; so does the short way.
      if (taken.has(route.path)) continue;
      taken.add(route.path);
      const handler = createModelHandler(protocol, route, parts);
      routes.addRaw(route.method, route.path, async (context) =>
        toResponse(await handler(callOfContext(context))),
      );
      direct.add(route.path, handler);
    }
    addInfoRoutes(routes, protocol, parts);
  }
  addOwnRoutes(routes, parts);
  addOperatorRoutes(routes, parts);
  addWebhookRoutes(routes, parts);
  addOpenApiRoutes(routes, parts);
  addDocsRoutes(routes);
  if (parts.servesMetrics) routes.add('GET', '/metrics', (context) => scrape(parts.metrics, context));
  return { router: routes.finish(), direct, answerClosed: parts.deadlines.answerClosed };
}

/** The metrics alone, for a port of their own. */
export function createMetricsApp(parts: Pick<AppParts, 'metrics' | 'phase' | 'log'>): App {
  const routes = new RouteTable(parts.phase, parts.log);
  routes.add('GET', '/metrics', (context) => scrape(parts.metrics, context));
  return { router: routes.finish(), direct: new DirectRoutes(0), answerClosed: () => {} };
}

async function scrape(metrics: Metrics, context: HttpContext): Promise<Response> {
  const wantsOpenMetrics = (headerOf(context, 'accept') ?? '').includes('application/openmetrics-text');
  const { contentType, body } = await metrics.scrape(wantsOpenMetrics);
  return new Response(body, { headers: { 'content-type': contentType } });
}
