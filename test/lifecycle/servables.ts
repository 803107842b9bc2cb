import type { Inference, InferenceResult, InferenceStatus } from '../../src/inference/inference.ts';
import { Servable, type ServableParts } from '../../src/lifecycle/servable.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';
import { signatureOf } from './signatures.ts';
import { versionOf } from './versions.ts';

/** Runs nothing; its close ends when the test says so, if it is held. */
export class FakeInference implements Inference {
  queuedRows = 0;
  closeCalls = 0;
  readonly #closed = Promise.withResolvers<void>();

  constructor({ holdsClose = false } = {}) {
    if (!holdsClose) this.#closed.resolve();
  }

  get isClosed(): boolean {
    return this.closeCalls > 0;
  }

  async infer(): Promise<InferenceResult> {
    return { outputs: [], timings: { queueMs: 0, inferMs: 0 } };
  }

  admit(): void {}

  get status(): InferenceStatus {
    return { placement: 'inline', moved: null, inline: null, worker: null, threads: 1 };
  }

  close(): Promise<void> {
    this.closeCalls++;
    return this.#closed.promise;
  }

  finishClose(): void {
    this.#closed.resolve();
  }

  failClose(error: unknown): void {
    this.#closed.reject(error);
  }
}

export interface TestServable {
  readonly servable: Servable;
  readonly inference: FakeInference;
  /** How often what was held outside the engine was given back. */
  readonly releases: () => number;
}

export function servableOf(
  version: ModelVersion | string | number,
  parts: Partial<ServableParts> & { readonly holdsClose?: boolean } = {},
): TestServable {
  const inference = new FakeInference({ holdsClose: parts.holdsClose ?? false });
  let releases = 0;
  const servable = new Servable({
    version: typeof version === 'object' ? version : versionOf(version),
    digest: 'sha256:0',
    signature: signatureOf('a', 'b'),
    invocations: 'records',
    inference,
    placement: { placement: 'inline', reason: 'a test', mayMove: true, loadMs: 1, runMs: 0.1 },
    memoryBytes: 1_000_000,
    loadedAt: new Date(0),
    conversion: null,
    notes: [],
    exampleRow: null,
    release: async () => {
      releases++;
    },
    ...parts,
  });
  return { servable, inference, releases: () => releases };
}
