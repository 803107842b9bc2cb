import { join } from 'node:path';
import { ArtifactCache } from './artifacts/artifact-cache.ts';
import { lookAtStore } from './artifacts/store-look.ts';
import { readBuildInfo } from './build-info.ts';
import type { Config } from './config.ts';
import { createTrialRunner } from './engine/trial-runner.ts';
import { createFittedFormat } from './formats/fitted/fitted-format.ts';
import { createOnnxFormat } from './formats/onnx/onnx-format.ts';
import { createArtifactSources, createRegistry } from './gateway-adapters.ts';
import { tellRegistryToo } from './gateway-standings.ts';
import type { InferenceLoader } from './lifecycle/inference-loader.ts';
import type { LifecycleEvents } from './lifecycle/lifecycle-events.ts';
import { ModelService } from './lifecycle/model-service.ts';
import { StateFile } from './lifecycle/state-file.ts';
import { VerdictStore } from './lifecycle/verdict-store.ts';
import { logDownloads } from './observability/download-log.ts';
import type { Log } from './observability/log.ts';

export interface ModelsParts {
  readonly config: Config;
  readonly log: Log;
  readonly inferences: InferenceLoader;
  readonly isEngineHealthy: () => boolean;
  readonly events: LifecycleEvents;
  /** Takes over what was opened, also when opening the rest fails. */
  readonly cleanup: AsyncDisposableStack;
}

export interface Models {
  readonly service: ModelService;
  readonly state: StateFile;
}

/**
 * Everything that decides which version serves, not started yet: registry, artifacts, cache, trials, slots.
 *
 * @throws GatewayError with a sentence for the operator.
 */
export async function createModels(parts: ModelsParts): Promise<Models> {
  const { config, log, cleanup } = parts;
  const build = readBuildInfo();
  const registry = createRegistry(config);
  cleanup.defer(() => registry.close());
  const onNote = (note: string) => log.warn('cache-note', note);
  const sources = createArtifactSources(config, onNote);
  cleanup.defer(async () => {
    await Promise.all(sources.map((source) => source.close()));
  });
  const cache = await ArtifactCache.open({
    directory: config.cacheDir,
    maxBytes: config.cacheMaxBytes,
    sources,
    onNote,
    onProgress: logDownloads(log),
  });
  cleanup.defer(() => cache.close());
  const state = await StateFile.open(join(config.cacheDir, 'state'), registry.id);
  const memoryMaxBytes = config.memoryMaxBytes ?? Number.POSITIVE_INFINITY;
  const trials = createTrialRunner({ memoryLimitBytes: memoryMaxBytes });
  cleanup.defer(() => trials.close());
  const service = new ModelService({
    ...config,
    ...parts,
    events: tellRegistryToo(config, parts.events, cleanup),
    registry,
    cache,
    state,
    trials,
    // The directory registry names other files by another source; MLflow does not know of them.
    lookAtStore:
      config.registry.kind === 'mlflow'
        ? async (version, signal) => lookAtStore(sources, await registry.locate(version, signal), signal)
        : null,
    formats: [
      createOnnxFormat({ maxThreads: config.engineThreads }),
      createFittedFormat({ maxThreads: config.engineThreads, timeoutMs: config.loadTimeoutMs }),
    ],
    verdicts: new VerdictStore(
      join(config.cacheDir, 'verdicts'),
      `switchyard ${build.version}, onnxruntime ${build.onnxruntime}`,
    ),
    memoryMaxBytes,
    workspace: config.registry.kind === 'mlflow' ? config.registry.workspace : null,
    now: Date.now,
    random: Math.random,
  });
  return { service, state };
}
