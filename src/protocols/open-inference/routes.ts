import type { ServedModels } from '../../lifecycle/served-models.ts';
import type { ReadVersionCounts } from '../../model/version-counts.ts';
import { errorText } from '../error-text.ts';
import type { LargeBodies } from '../large-bodies.ts';
import type { ModelRequest, Protocol } from '../protocol.ts';
import { configurationRoutes } from './configuration-routes.ts';
import { NAME } from './decode-infer.ts';
import { FIXED_SETTINGS } from './fixed-settings.ts';
import { healthRoutes } from './health-routes.ts';
import { infer } from './infer-route.ts';
import { metadataRoutes, type ServerIdentity } from './metadata-routes.ts';
import { MODEL_PATHS } from './model-paths.ts';
import { repositoryRoutes } from './repository-routes.ts';
import { statisticsRoutes } from './statistics-routes.ts';

export interface OpenInferenceParts {
  readonly largeBodies: LargeBodies;
  readonly models: ServedModels;
  readonly counts: ReadVersionCounts;
  readonly server: ServerIdentity;
}

/** The Open Inference Protocol V2 over HTTP, with those of Triton's extensions that a graph on a processor can have. */
export function createOpenInferenceProtocol(parts: OpenInferenceParts): Protocol {
  const { largeBodies, models, counts, server } = parts;
  const handle = (request: ModelRequest) => infer(request, largeBodies);
  return {
    name: NAME,
    routes: MODEL_PATHS.map((path) => ({ method: 'POST', path: `${path}/infer`, handle })),
    infoRoutes: [
      ...healthRoutes(models),
      // Before the models: their path of a model "stats" is that of all statistics.
      ...statisticsRoutes(models, counts),
      ...metadataRoutes(models, server),
      ...configurationRoutes(models),
      ...repositoryRoutes(models),
      ...FIXED_SETTINGS,
    ],
    prefixes: ['/v2'],
    errorBody: errorText,
  };
}
