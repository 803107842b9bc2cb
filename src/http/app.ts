import type { Hono } from 'hono';
import type { Metrics } from '../observability/metrics.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { type HttpContext, type HttpEnv, headerOf } from './http-env.ts';
import { createModelHandler, type ModelHandlerParts } from './model-handler.ts';
import { addOperatorRoutes, type OperatorRoutesParts } from './operator-routes.ts';
import { addOwnRoutes, type OwnRoutesParts } from './own-routes.ts';
import { RouteTable } from './route-table.ts';

export interface AppParts extends ModelHandlerParts, OwnRoutesParts, OperatorRoutesParts {
  readonly protocols: readonly Protocol[];
  readonly metrics: Metrics;
  /** Whether `GET /metrics` is one of the main port's routes. */
  readonly servesMetrics: boolean;
}

/** Every route of the main port. */
export function createApp(parts: AppParts): Hono<HttpEnv> {
  const routes = new RouteTable(parts.phase, parts.log);
  for (const protocol of parts.protocols) {
    for (const route of protocol.routes) {
      routes.addRaw(route.method, route.path, createModelHandler(protocol, route, parts));
    }
  }
  addOwnRoutes(routes, parts);
  addOperatorRoutes(routes, parts);
  if (parts.servesMetrics) routes.add('GET', '/metrics', (context) => scrape(parts.metrics, context));
  return routes.finish();
}

/** The metrics alone, for a port of their own. */
export function createMetricsApp(parts: Pick<AppParts, 'metrics' | 'phase' | 'log'>): Hono<HttpEnv> {
  const routes = new RouteTable(parts.phase, parts.log);
  routes.add('GET', '/metrics', (context) => scrape(parts.metrics, context));
  return routes.finish();
}

async function scrape(metrics: Metrics, context: HttpContext): Promise<Response> {
  const wantsOpenMetrics = (headerOf(context, 'accept') ?? '').includes('application/openmetrics-text');
  const { contentType, body } = await metrics.scrape(wantsOpenMetrics);
  return new Response(body, { headers: { 'content-type': contentType } });
}
