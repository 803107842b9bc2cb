import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GatewayError, messageOf } from '../../errors.ts';
import type { ModelUri } from '../../model/model-uri.ts';
import type { ModelVersion } from '../../model/model-version.ts';
import type { ModelRegistry, PointerState } from '../model-registry.ts';
import { readRunId } from '../run-id.ts';
import { scanVersionFiles } from '../version-files.ts';

/** The only version that a mounted directory has. */
const VERSION = '1';

/** What is the same for every name of the version. */
type Mounted = Omit<ModelVersion, 'name'>;

/**
 * One model directory as a container platform mounts it: a registry with a single model of a single version, whatever
 * pointer is asked for. It does not change while the container runs; between two runs it may, so the version's source
 * carries a fingerprint of the files.
 *
 * @param decidedBy what named the directory, for messages.
 */
export function createMountedRegistry(directory: string, decidedBy: string): ModelRegistry {
  const root = resolve(directory);
  const location = pathToFileURL(root).href;
  const id = `dir:${root}`;
  const place = `"${root}" (${decidedBy})`;
  let known: Mounted | null = null;

  const look = async (signal: AbortSignal): Promise<Mounted | GatewayError> => {
    try {
      const { hasModel, fingerprint } = await scanVersionFiles(root, signal);
      if (!hasModel)
        return failure(
          'VERSION_NOT_READY',
          place,
          'has neither an MLmodel nor a model file (.onnx, .skops, .pkl)',
        );
      return {
        registry: id,
        workspace: null,
        version: VERSION,
        modelCreatedAt: 0,
        runId: await readRunId(root),
        source: `${location}#${fingerprint}`,
        tags: {},
      };
    } catch (error) {
      signal.throwIfAborted();
      return failure('REGISTRY_UNAVAILABLE', place, `cannot be read: ${messageOf(error)}`, error);
    }
  };

  const read = async ({ name, pointer }: ModelUri, signal: AbortSignal): Promise<PointerState> => {
    signal.throwIfAborted();
    if (pointer.kind === 'version' && pointer.version !== VERSION) {
      return { outcome: 'absent', name, reason: `the mounted model directory has only version ${VERSION}` };
    }
    const seen = known ?? (await look(signal));
    if (seen instanceof GatewayError) return { outcome: 'failed', name, error: seen };
    known = seen;
    return { outcome: 'found', name, version: { ...seen, name }, notes: [] };
  };

  return {
    id,
    resolve: (uris, signal) =>
      Promise.all(uris.map(async (uri) => ({ uri, states: [await read(uri, signal)], available: [] }))),
    read,
    locate: async () => location,
    close: async () => {},
  };
}

function failure(
  code: 'VERSION_NOT_READY' | 'REGISTRY_UNAVAILABLE',
  place: string,
  what: string,
  cause?: unknown,
): GatewayError {
  return new GatewayError(code, `the model directory ${place} ${what}`, { cause });
}
