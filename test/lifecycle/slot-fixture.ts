import { setImmediate as turn } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { KeptFiles } from '../../src/lifecycle/kept-files.ts';
import type { Servable } from '../../src/lifecycle/servable.ts';
import { SlotController } from '../../src/lifecycle/slot-controller.ts';
import type { SlotControllerParts } from '../../src/lifecycle/slot-controller-parts.ts';
import { StateFile } from '../../src/lifecycle/state-file.ts';
import type { LoadRequest } from '../../src/lifecycle/version-loader.ts';
import { type ModelUri, parseModelUri } from '../../src/model/model-uri.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';
import type { PointerState } from '../../src/registry/model-registry.ts';
import { temporaryDirectory } from '../artifacts/cache-fixture.ts';
import { HeldOperation, HeldOperations } from '../fakes/held-operations.ts';
import { recordEvents } from '../fakes/recorded-events.ts';
import { servableOf, type TestServable } from './servables.ts';

/** A load that waits for the test. */
export class TestLoad extends HeldOperation<Servable> {
  readonly request: LoadRequest;
  readonly signal: AbortSignal;
  readonly loaded: TestServable;

  /** @param heedsAbort false: it goes on when it is abandoned, as a native load does. */
  constructor(request: LoadRequest, signal: AbortSignal, heedsAbort: boolean) {
    super(heedsAbort ? signal : undefined);
    this.request = request;
    this.signal = signal;
    this.loaded = servableOf(request.version);
  }

  get version(): string {
    return this.request.version.version;
  }

  resolve(): TestServable {
    this.finish(this.loaded.servable);
    return this.loaded;
  }
}

/** A direct read of a pointer that waits for the test. */
export class TestRead extends HeldOperation<PointerState> {
  readonly uri: ModelUri;
  readonly signal: AbortSignal;

  constructor(uri: ModelUri, signal: AbortSignal) {
    super();
    this.uri = uri;
    this.signal = signal;
  }
}

export const found = (version: ModelVersion, notes: readonly string[] = []): PointerState => ({
  outcome: 'found',
  name: version.name,
  version,
  notes,
});
export const absent: PointerState = { outcome: 'absent', name: 'iris', reason: 'Production is empty' };

export interface SlotFixtureOptions extends Partial<SlotControllerParts> {
  readonly heedsAbort?: boolean;
}

/** Slots whose loads and direct reads end when the test says so, over one real state file. */
export async function setUpSlots(defaults: SlotFixtureOptions = {}) {
  const directory = await temporaryDirectory();
  const recorded = recordEvents();
  const loads = new HeldOperations<TestLoad>();
  const reads = new HeldOperations<TestRead>();
  const heldKeys: string[] = [];

  /** A slot as a new process would make it. */
  const start = async (options: SlotFixtureOptions = {}) => {
    const { heedsAbort = true, ...changes } = { ...defaults, ...options };
    const state = await StateFile.open(directory, 'http://registry');
    const controller = new SlotController({
      route: 'iris',
      uri: parseModelUri('models:/iris/Production'),
      policy: {
        batching: true,
        signature: 'compatible',
        placement: 'auto',
        invocations: null,
        precision: 'double',
      },
      load: (request, signal) => {
        const load = new TestLoad(request, signal, heedsAbort);
        loads.add(load);
        return load.result;
      },
      readPointer: (uri, signal) => {
        const read = new TestRead(uri, signal);
        reads.add(read);
        return read.result;
      },
      state,
      files: new KeptFiles({
        hold: (key) => void heldKeys.push(key),
        release: (key) => void heldKeys.splice(heldKeys.indexOf(key), 1),
      }),
      events: recorded.events,
      whenUnassigned: 'keep',
      pollIntervalMs: 1_000,
      now: Date.now,
      random: () => 0.5,
      ...changes,
    });
    onTestFinished(() => {
      controller.halt();
      return state.flush();
    });
    controller.start();
    return { controller, state };
  };

  /** Ends the next load well. */
  const finishLoad = async () => {
    const load = await loads.next();
    const loaded = load.resolve();
    await turn();
    return { load, ...loaded };
  };

  return { directory, recorded, loads, reads, heldKeys, start, finishLoad };
}

export type SlotFixture = Awaited<ReturnType<typeof setUpSlots>>;

/** What stands where, by version numbers. */
export function positionsOf({ slot, loading }: SlotController) {
  return {
    current: slot.current?.version.version ?? null,
    previous: slot.previous?.version.version ?? null,
    loading: loading?.version ?? null,
  };
}
