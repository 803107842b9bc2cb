import { join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { ArtifactCacheOptions } from '../../src/artifacts/artifact-cache.ts';
import type { ArtifactContent, ArtifactFile, ArtifactRequest } from '../../src/artifacts/artifact-source.ts';
import { EngineLoader } from '../../src/lifecycle/engine-loader.ts';
import type { FollowedModel } from '../../src/lifecycle/model-policy.ts';
import { ModelService, type ModelServiceParts } from '../../src/lifecycle/model-service.ts';
import { StateFile } from '../../src/lifecycle/state-file.ts';
import { VerdictStore } from '../../src/lifecycle/verdict-store.ts';
import { parseModelUri } from '../../src/model/model-uri.ts';
import { openCache, temporaryDirectory } from '../artifacts/cache-fixture.ts';
import { MLMODEL } from '../artifacts/versions.ts';
import { FakeEngine, type FakeEngineOptions } from '../fakes/fake-engine.ts';
import { FakeFormat } from '../fakes/fake-format.ts';
import { FakeRegistry } from '../fakes/fake-registry.ts';
import { FakeTrialRunner } from '../fakes/fake-trial-runner.ts';
import { MemorySource } from '../fakes/memory-source.ts';
import { recordEvents } from '../fakes/recorded-events.ts';

/** Each version has, beside what all have, a file that says where it lies, so that no two have the same digest. */
class PlacedSource extends MemorySource {
  override async list(location: string, signal: AbortSignal): Promise<readonly ArtifactFile[] | null> {
    const files = await super.list(location, signal);
    return files && [...files, { path: 'place', sizeBytes: location.length }];
  }

  override async open(request: ArtifactRequest, signal: AbortSignal): Promise<ArtifactContent> {
    if (request.path !== 'place') return super.open(request, signal);
    return { offset: 0, validator: null, chunks: Readable.from([Buffer.from(request.location)]) };
  }
}

export const follow = (uri: string): FollowedModel => ({
  uri: parseModelUri(uri),
  route: null,
  batching: true,
  signature: 'compatible',
  placement: 'auto',
  crossCheck: null,
  invocations: null,
  precision: 'double',
});

export interface ServiceOptions extends Partial<Omit<ModelServiceParts, 'models'>> {
  readonly uris?: readonly string[];
  readonly engineOptions?: FakeEngineOptions;
  readonly cacheOptions?: Partial<ArtifactCacheOptions>;
  /** What each loaded graph takes. */
  readonly graphBytes?: number;
}

/** Services as successive processes make them, over one real cache. */
export async function setUpServices(defaults: ServiceOptions = {}) {
  const directory = await temporaryDirectory();
  const registry = new FakeRegistry();
  const source = new PlacedSource({ MLmodel: MLMODEL, 'model.onnx': '["a","b"]' });

  /** A process. @param isPatient false: does not wait for the first loads. */
  const start = async (options: ServiceOptions = {}, isPatient = true) => {
    const { uris, engineOptions, cacheOptions, graphBytes = 1, ...changes } = { ...defaults, ...options };
    const { cache } = await openCache({ directory, sources: [source], ...cacheOptions });
    const engine = new FakeEngine({ holdsLoads: false, ...engineOptions });
    const trials = new FakeTrialRunner({ holdsTrials: false, report: { memoryBytes: graphBytes } });
    const recorded = recordEvents();
    const service = new ModelService({
      registry,
      cache,
      formats: [new FakeFormat()],
      inferences: new EngineLoader({ engine, onBatch: recorded.events.batchRan }),
      isEngineHealthy: () => engine.isHealthy,
      trials,
      lookAtStore: null,
      verdicts: new VerdictStore(join(directory, 'verdicts'), 'a runtime'),
      state: await StateFile.open(join(directory, 'state'), registry.id),
      events: recorded.events,
      models: (uris ?? ['models:/iris/Production']).map(follow),
      defaultModel: { kind: 'none' },
      workspace: null,
      pollIntervalMs: 3_600_000,
      loadTimeoutMs: 5_000,
      memoryMaxBytes: Number.POSITIVE_INFINITY,
      whenUnassigned: 'keep',
      now: Date.now,
      random: () => 0.5,
      ...changes,
    });
    const stop = async () => {
      await service.stop();
      await cache.close();
    };
    onTestFinished(stop);
    await service.start();
    if (isPatient) await settle(service);
    return { service, engine, trials, recorded, cache, stop };
  };

  return { directory, registry, source, start };
}

/** Waits until nothing loads any more. */
export async function settle(service: ModelService): Promise<void> {
  await service.settled(AbortSignal.timeout(10_000));
}
