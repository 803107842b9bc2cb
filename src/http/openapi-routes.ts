import { readBuildInfo } from '../build-info.ts';
import type { ServedModels } from '../lifecycle/served-models.ts';
import { modelDocument, serverDocument } from '../openapi/build-document.ts';
import { describeModel, describeModels } from '../openapi/described-model.ts';
import type { OpenApiDocument } from '../openapi/open-api.ts';
import type { RouteTable } from './route-table.ts';

export interface OpenApiRoutesParts {
  readonly service: ServedModels;
  /** Whether `GET /metrics` is one of the main port's routes. */
  readonly servesMetrics: boolean;
}

/** The OpenAPI documents of the server and of each model (contract 4.1), made from what serves at that moment. */
export function addOpenApiRoutes(routes: RouteTable, { service, servesMetrics }: OpenApiRoutesParts): void {
  const { version } = readBuildInfo();
  routes.add('GET', '/openapi.json', () =>
    answer(serverDocument({ models: describeModels(service), version, hasMetrics: servesMetrics })),
  );
  routes.add('GET', '/models/:model/openapi.json', (context) =>
    answer(modelDocument(describeModel(service, context.req.param('model') ?? ''))),
  );
}

/**
 * Bounds beyond 2^53 are written in full: the shortest text of 2^63 as a double, 9223372036854776000, is a greater number
 * to readers that have more digits.
 */
function answer(document: OpenApiDocument): Response {
  const exact = (_: string, value: unknown) =>
    Number.isInteger(value) && !Number.isSafeInteger(value)
      ? rawJson(String(BigInt(value as number)))
      : value;
  return new Response(JSON.stringify(document, exact), { headers: { 'content-type': 'application/json' } });
}

const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
