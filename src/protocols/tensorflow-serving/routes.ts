import { GatewayError } from '../../errors.ts';
import { leaseChosen } from '../../lifecycle/lease-chosen.ts';
import type { Lease } from '../../lifecycle/servable.ts';
import type { ServedModels } from '../../lifecycle/served-models.ts';
import { errorText } from '../error-text.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { LargeBodies } from '../large-bodies.ts';
import type { InfoAnswer, InfoRequest, InfoRoute, ModelRequest, ModelRoute, Protocol } from '../protocol.ts';
import { NAME } from './codec.ts';
import { describeMetadata, describeStatus } from './describe-model.ts';
import { choiceOf, predict } from './predict.ts';

export interface TensorflowServingParts {
  readonly largeBodies: LargeBodies;
  readonly models: ServedModels;
  /** The routes that Vertex AI calls; `null` each where it does not say. */
  readonly vertex: { readonly predictRoute: string | null; readonly healthRoute: string | null };
}

/** Where a model, one of its versions, or what a label names is. */
const PATHS = ['/v1/models/:model', '/v1/models/:model/versions/:version', '/v1/models/:model/labels/:label'];

const OTHER_VERBS = ['classify', 'regress', 'explain'];

/** TensorFlow Serving's REST API, and KServe's V1 protocol, which has the same paths. */
export function createTensorflowServingProtocol(parts: TensorflowServingParts): Protocol {
  const { largeBodies, models, vertex } = parts;
  const handle = (request: ModelRequest) => predict(request, largeBodies);
  const paths = PATHS.map((path) => `${path}:predict`);
  const { predictRoute } = vertex;
  const routes = predictRoute === null ? paths : [...paths, predictRoute];
  return {
    name: NAME,
    routes: routes.map((path): ModelRoute => ({ method: 'POST', path, handle })),
    infoRoutes: [...statusRoutes(models), ...refusedVerbs(), ...vertexHealth(models, vertex.healthRoute)],
    prefixes: ['/v1'],
    errorBody: errorText,
  };
}

function statusRoutes(models: ServedModels): readonly InfoRoute[] {
  const get = (path: string, handle: InfoRoute['handle']): InfoRoute => ({ method: 'GET', path, handle });
  return [
    get('/v1/models', () => jsonAnswer({ models: models.statuses().map(({ name }) => name) })),
    // A name with a verb behind it is another path.
    ...PATHS.map((path) => `${path}{[^:/]+}`).flatMap((path) => [
      get(path, (request) => status(models, request)),
      get(`${path}/metadata`, (request) => metadata(models, request)),
    ]),
  ];
}

async function status(models: ServedModels, request: InfoRequest): Promise<InfoAnswer> {
  using lease = await leaseOf(models, request);
  const name = request.param('model') ?? '';
  const known = models.status(name);
  const { version } = lease.servable.version;
  const loaded = [known.current, known.previous].filter((candidate) => candidate !== null);
  const isOne = request.param('version') !== undefined || request.param('label') !== undefined;
  const shown = isOne ? loaded.filter((candidate) => candidate.version === version) : loaded.slice(0, 1);
  return jsonAnswer(describeStatus(known, shown));
}

async function metadata(models: ServedModels, request: InfoRequest): Promise<InfoAnswer> {
  using lease = await leaseOf(models, request);
  const { version, signature } = lease.servable;
  return jsonAnswer(describeMetadata(request.param('model') ?? '', version.version, signature));
}

async function leaseOf(models: ServedModels, request: InfoRequest): Promise<Lease> {
  const route = request.param('model') ?? null;
  const choice = choiceOf(request.param);
  const routed = choice === null ? models.lease(route) : await leaseChosen(models, route, choice);
  return routed.lease;
}

/** Vertex AI's probe. */
function vertexHealth(models: ServedModels, path: string | null): readonly InfoRoute[] {
  if (path === null) return [];
  const handle = () => {
    const readiness = models.readiness();
    if (readiness.ready) return jsonAnswer(readiness);
    throw new GatewayError('MODEL_NOT_READY', readiness.reason);
  };
  return [{ method: 'GET', path, handle }];
}

function refusedVerbs(): readonly InfoRoute[] {
  return OTHER_VERBS.flatMap((verb) =>
    PATHS.map(
      (path): InfoRoute => ({
        method: 'POST',
        path: `${path}:${verb}`,
        handle: () => {
          throw new GatewayError('NOT_IMPLEMENTED', `"${verb}" is not offered; models answer ":predict"`);
        },
      }),
    ),
  );
}
