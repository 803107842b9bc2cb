import { readBuildInfo } from '../build-info.ts';
import type { ServedModels } from '../lifecycle/served-models.ts';
import { modelDocument, serverDocument } from '../openapi/build-document.ts';
import { describeModel, describeModels } from '../openapi/described-model.ts';
import { jsonAnswer } from './json-answer.ts';
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
    jsonAnswer(200, serverDocument({ models: describeModels(service), version, hasMetrics: servesMetrics })),
  );
  routes.add('GET', '/models/:model/openapi.json', (context) =>
    jsonAnswer(200, modelDocument(describeModel(service, context.req.param('model') ?? ''))),
  );
}
