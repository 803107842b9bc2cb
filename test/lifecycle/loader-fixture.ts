import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { BatchObservation } from '../../src/inference/inference.ts';
import { EngineLoader } from '../../src/lifecycle/engine-loader.ts';
import { MemoryBudget } from '../../src/lifecycle/memory-budget.ts';
import { StateFile } from '../../src/lifecycle/state-file.ts';
import { VerdictStore } from '../../src/lifecycle/verdict-store.ts';
import { type LoadRequest, VersionLoader } from '../../src/lifecycle/version-loader.ts';
import { openCache, temporaryDirectory } from '../artifacts/cache-fixture.ts';
import { MLMODEL } from '../artifacts/versions.ts';
import { FakeEngine } from '../fakes/fake-engine.ts';
import { FakeFormat } from '../fakes/fake-format.ts';
import { FakeRegistry } from '../fakes/fake-registry.ts';
import { FakeTrialRunner } from '../fakes/fake-trial-runner.ts';
import { MemorySource } from '../fakes/memory-source.ts';
import { versionOf } from './versions.ts';

/** A loader over a real cache and state file, with a format, trials and an engine that the test controls. */
export async function setUpLoader({
  memoryMaxBytes = 1e9,
  engine = new FakeEngine({ holdsLoads: false }),
} = {}) {
  const directory = await temporaryDirectory();
  const source = new MemorySource({ MLmodel: MLMODEL, 'model.onnx': '["a","b"]' });
  const { cache } = await openCache({ directory, sources: [source] });
  const [hold, release] = [vi.spyOn(cache, 'hold'), vi.spyOn(cache, 'release')];
  const registry = new FakeRegistry();
  const format = new FakeFormat();
  const trials = new FakeTrialRunner({ holdsTrials: false });
  const state = await StateFile.open(join(directory, 'state'), registry.id);
  const memory = new MemoryBudget(memoryMaxBytes, 0);
  const makeRoom = vi.fn(async () => false);
  const batches: { route: string; version: string; batch: BatchObservation }[] = [];
  const loader = new VersionLoader({
    registry,
    cache,
    formats: [format],
    inferences: new EngineLoader({
      engine,
      onBatch: (route, version, batch) => void batches.push({ route, version, batch }),
    }),
    trials,
    verdicts: new VerdictStore(join(directory, 'verdicts'), 'a runtime'),
    memory,
    state,
    loadTimeoutMs: 5_000,
    makeRoom,
  });
  onTestFinished(() => engine.close());

  const load = (changes: Partial<LoadRequest> = {}, signal: AbortSignal = new AbortController().signal) =>
    loader.load(
      {
        route: 'iris',
        version: versionOf(1),
        policy: {
          batching: true,
          signature: 'compatible',
          placement: 'auto',
          invocations: null,
          precision: 'double',
        },
        reference: null,
        hasFallback: false,
        ...changes,
      },
      signal,
    );

  const markers = async () => {
    const folder = (await readdir(join(directory, 'state'))).find((name) => name.endsWith('.loading'));
    return (await readdir(join(directory, 'state', folder!))).length;
  };

  /** What loads have taken and not given back. */
  const taken = async () => ({
    holds: hold.mock.calls.length - release.mock.calls.length,
    workDirectories: format.workDirectories.filter(existsSync).length,
    memoryBytes: memory.heldBytes,
    sessions: engine.openSessions.length,
    markers: await markers(),
  });

  return {
    directory,
    source,
    cache,
    registry,
    format,
    trials,
    engine,
    state,
    memory,
    makeRoom,
    batches,
    load,
    markers,
    taken,
  };
}

export const NOTHING_TAKEN = { holds: 0, workDirectories: 0, memoryBytes: 0, sessions: 0, markers: 0 };
