import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GatewayError, messageOf } from '../../errors.ts';
import type { ModelUri } from '../../model/model-uri.ts';
import type { ModelRegistry, PointerState } from '../model-registry.ts';

/** The only version that a mounted directory has. */
const VERSION = '1';

/**
 * One model directory as a container platform mounts it: a registry with a single model of a single version, whatever
 * pointer is asked for. It does not change while the container runs.
 */
export function createMountedRegistry(directory: string): ModelRegistry {
  const root = resolve(directory);
  const location = pathToFileURL(root).href;
  const id = `dir:${root}`;

  const read = async (uri: ModelUri): Promise<PointerState> => {
    const { name } = uri;
    try {
      const entry = await stat(root);
      if (!entry.isDirectory()) throw new Error('it is no directory');
    } catch (error) {
      const why = `the model directory "${root}" (SWITCHYARD_MODEL_DIR) cannot be read: ${messageOf(error)}`;
      return {
        outcome: 'failed',
        name,
        error: new GatewayError('REGISTRY_UNAVAILABLE', why, { cause: error }),
      };
    }
    const version = {
      registry: id,
      workspace: null,
      name,
      version: VERSION,
      modelCreatedAt: 0,
      runId: null,
      source: location,
      tags: {},
    };
    return { outcome: 'found', name, version, notes: [] };
  };

  return {
    id,
    resolve: (uris) =>
      Promise.all(uris.map(async (uri) => ({ uri, states: [await read(uri)], available: [] }))),
    read,
    locate: async () => location,
    close: async () => {},
  };
}
