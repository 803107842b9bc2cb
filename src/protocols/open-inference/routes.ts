import type { ServedModels } from '../../lifecycle/served-models.ts';
import type { LargeBodies } from '../large-bodies.ts';
import type { ModelRequest, Protocol } from '../protocol.ts';
import { NAME } from './decode-infer.ts';
import { errorBody } from './error-body.ts';
import { healthRoutes } from './health-routes.ts';
import { infer } from './infer-route.ts';
import { metadataRoutes, type ServerIdentity } from './metadata-routes.ts';
import { MODEL_PATHS } from './model-paths.ts';

export interface OpenInferenceParts {
  readonly largeBodies: LargeBodies;
  readonly models: ServedModels;
  readonly server: ServerIdentity;
}

/** The Open Inference Protocol V2 over HTTP, with those of Triton's extensions that a graph on a processor can have. */
export function createOpenInferenceProtocol({ largeBodies, models, server }: OpenInferenceParts): Protocol {
  const handle = (request: ModelRequest) => infer(request, largeBodies);
  return {
    name: NAME,
    routes: MODEL_PATHS.map((path) => ({ method: 'POST', path: `${path}/infer`, handle })),
    infoRoutes: [...healthRoutes(models), ...metadataRoutes(models, server)],
    prefixes: ['/v2'],
    errorBody,
  };
}
