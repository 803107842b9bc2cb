import { GatewayError } from '../../errors.ts';
import type { ModelStatus } from '../../lifecycle/model-status.ts';
import type { ServedModels } from '../../lifecycle/served-models.ts';
import { ProblemList } from '../../model/problem-list.ts';
import { decodeUtf8, parseExactJson } from '../exact-json.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { InfoAnswer, InfoRequest, InfoRoute } from '../protocol.ts';
import { type JsonObject, Reader } from './reader.ts';

/**
 * The repository is the registry, which says what is served. So `load` means: read now what it says of the model; and
 * nothing can be unloaded past it.
 */
export function repositoryRoutes(models: ServedModels): readonly InfoRoute[] {
  return [
    { method: 'POST', path: '/v2/repository/index', handle: (request) => index(request, models) },
    {
      method: 'POST',
      path: '/v2/repository/models/:model/load',
      needsOperator: true,
      handle: (request) => load(request, models),
    },
    {
      method: 'POST',
      path: '/v2/repository/models/:model/unload',
      needsOperator: true,
      handle: (request) => {
        models.status(request.param('model')!);
        throw new GatewayError(
          'NOT_IMPLEMENTED',
          'a model is unloaded by taking its stage or alias away in the registry, not by a call',
        );
      },
    },
    ...['index', 'models/:model/load', 'models/:model/unload'].map(
      (rest): InfoRoute => ({
        method: 'POST',
        path: `/v2/repository/:repository/${rest}`,
        handle: () => {
          throw new GatewayError(
            'NOT_IMPLEMENTED',
            'there is one repository, the registry; leave out its name',
          );
        },
      }),
    ),
  ];
}

async function index(request: InfoRequest, models: ServedModels): Promise<InfoAnswer> {
  const problems = new ProblemList();
  const reader = new Reader(problems);
  const onlyReady = reader.flag(await readObject(request, reader), 'ready', '') ?? false;
  problems.throwIfAny();
  const entries = models.statuses().flatMap(entriesOf);
  return jsonAnswer(onlyReady ? entries.filter(({ state }) => state === 'READY') : entries);
}

/** A body without content is an empty object. */
async function readObject(request: InfoRequest, reader: Reader): Promise<JsonObject | null> {
  const bytes = await request.readBody();
  if (bytes.byteLength === 0) return null;
  return reader.object(parseExactJson(decodeUtf8(bytes)), '', 'the body');
}

interface Entry {
  readonly name: string;
  readonly version?: string;
  readonly state: 'READY' | 'LOADING' | 'UNLOADING' | 'UNAVAILABLE';
  readonly reason: string;
}

function entriesOf(status: ModelStatus): readonly Entry[] {
  const { name, current, previous, loading, desired, draining, lastError } = status;
  const entries: Entry[] = [];
  const add = (version: string, state: Entry['state'], reason = '') => {
    if (!entries.some((entry) => entry.version === version)) entries.push({ name, version, state, reason });
  };
  if (current !== null) add(current.version, 'READY');
  if (previous !== null) add(previous.version, 'READY');
  if (loading !== null) add(loading.version, 'LOADING');
  for (const { version } of draining) add(version, 'UNLOADING');
  if (desired !== null) add(desired.version, 'UNAVAILABLE', lastError?.message ?? 'not loaded yet');
  if (entries.length > 0) return entries;
  return [{ name, state: 'UNAVAILABLE', reason: lastError?.message ?? 'no version is assigned' }];
}

async function load(request: InfoRequest, models: ServedModels): Promise<InfoAnswer> {
  const { name } = models.status(request.param('model')!);
  const problems = new ProblemList();
  const reader = new Reader(problems);
  const parameters = reader.parameters((await readObject(request, reader)) ?? {}, '');
  for (const key of Object.keys(parameters ?? {})) {
    if (key !== 'config' && !key.startsWith('file:')) continue;
    const what = key === 'config' ? 'a configuration' : 'files';
    reader.add(
      '/parameters',
      `a model cannot be loaded with ${what} of the request; register a version instead`,
    );
  }
  problems.throwIfAny();
  const outcome = await models.operations.refresh(name);
  const { ready, lastError } = models.status(name);
  if (outcome === 'loading') {
    throw new GatewayError('MODEL_NOT_READY', `model "${name}" is still being loaded; ask for the index`);
  }
  if (lastError !== null) throw new GatewayError('LOAD_FAILED', `model "${name}": ${lastError.message}`);
  return jsonAnswer({ name, load: ready });
}
