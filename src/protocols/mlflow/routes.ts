import { GatewayError } from '../../errors.ts';
import type { ServedModels } from '../../lifecycle/served-models.ts';
import type { LargeBodies } from '../large-bodies.ts';
import type { InfoAnswer, ModelRequest, Protocol } from '../protocol.ts';
import type { Infer } from './infer-invocations.ts';
import { invocations, NAME } from './invocations.ts';
import { scoringError } from './scoring-error.ts';

export interface MlflowProtocolParts {
  readonly largeBodies: LargeBodies;
  readonly models: Pick<ServedModels, 'readiness'>;
  /** What the Open Inference Protocol does with a request, for its bodies on `/invocations`. */
  readonly infer: Infer;
  /** Our own version. */
  readonly version: string;
}

/** MLflow's scoring server, as `mlflow models serve` has it (contract 4.2, reference protocols.md 6). */
export function createMlflowProtocol(parts: MlflowProtocolParts): Protocol {
  const { largeBodies, models, infer, version } = parts;
  const handle = (request: ModelRequest) => invocations(request, largeBodies, infer);
  return {
    name: NAME,
    routes: ['/invocations', '/models/:model/invocations'].map((path) => ({ method: 'POST', path, handle })),
    infoRoutes: [
      { method: 'GET', path: '/ping', handle: () => ping(models) },
      // MLflow's client shows it and draws no conclusions from it.
      { method: 'GET', path: '/version', handle: () => ({ contentType: 'text/plain', body: version }) },
    ],
    prefixes: ['/invocations', '/ping', '/version'],
    errorBody: scoringError,
  };
}

/** The body is a newline, as MLflow's; SageMaker only looks at the status. */
function ping(models: MlflowProtocolParts['models']): InfoAnswer {
  const readiness = models.readiness();
  if (readiness.ready) return { contentType: 'application/json', body: '\n' };
  throw new GatewayError('MODEL_NOT_READY', readiness.reason);
}
