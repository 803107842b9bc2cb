import type { Placement } from '../engine/engine.ts';
import type { ConversionReport } from '../formats/model-format.ts';
import type { Deadline } from '../inference/deadline.ts';
import type { Inference, InferenceResult, InferenceStatus } from '../inference/inference.ts';
import type { InvocationsForm } from '../model/invocations-form.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';

/** Where a servable runs, and what that was decided from. */
export interface PlacementDecision {
  readonly placement: Placement;
  /** In words, with the figures. */
  readonly reason: string;
  /** Whether it is placed anew when the measured cost drifts. */
  readonly mayMove: boolean;
  readonly loadMs: number;
  /** Cost of one row in the trial, in milliseconds; `null` if no warm-up row could be run. */
  readonly runMs: number | null;
}

/** Where a servable runs now, why, and how its runs go. */
export interface PlacementStatus extends PlacementDecision {
  readonly live: Omit<InferenceStatus, 'placement' | 'moved'>;
}

export interface ServableParts {
  readonly version: ModelVersion;
  /** SHA-256 over the version's files, `sha256:…`. */
  readonly digest: string;
  readonly signature: Signature;
  /** What `/invocations` answers for a row. */
  readonly invocations: InvocationsForm;
  readonly inference: Inference;
  readonly placement: PlacementDecision;
  /** What the loaded graph holds in memory, in bytes, as measured in the trial. */
  readonly memoryBytes: number;
  readonly loadedAt: Date;
  /** How its graph was made of a model that is none; `null` if the version holds the graph. */
  readonly conversion: ConversionReport | null;
  readonly notes: readonly string[];
  /** A row to try it with, as it stands in a request; `null` if none can be made. */
  readonly exampleRow: unknown;
  /** Gives back what was held for it outside the engine (cache entry, work directory). Called once, after the close. */
  readonly release: () => Promise<void>;
}

/**
 * A session with its version and signature: what answers requests.
 *
 * Invariant: it is closed exactly once, and only after it was retired and its last lease has ended.
 */
export class Servable {
  readonly version: ModelVersion;
  readonly digest: string;
  readonly signature: Signature;
  readonly invocations: InvocationsForm;
  readonly #placement: PlacementDecision;
  readonly memoryBytes: number;
  readonly loadedAt: Date;
  readonly conversion: ConversionReport | null;
  readonly notes: readonly string[];
  readonly exampleRow: unknown;
  readonly inference: Inference;
  readonly #release: () => Promise<void>;
  readonly #closed = Promise.withResolvers<void>();
  #leases = 0;
  #isRetired = false;

  constructor(parts: ServableParts) {
    this.version = parts.version;
    this.digest = parts.digest;
    this.signature = parts.signature;
    this.invocations = parts.invocations;
    this.#placement = parts.placement;
    this.memoryBytes = parts.memoryBytes;
    this.loadedAt = parts.loadedAt;
    this.conversion = parts.conversion;
    this.notes = parts.notes;
    this.exampleRow = parts.exampleRow;
    this.inference = parts.inference;
    this.#release = parts.release;
  }

  get queuedRows(): number {
    return this.inference.queuedRows;
  }

  get placement(): PlacementStatus {
    const { placement, moved, ...live } = this.inference.status;
    const { reason } = this.#placement;
    return {
      ...this.#placement,
      placement,
      reason: moved === null ? reason : `${moved} (at its load: ${reason})`,
      live,
    };
  }

  readonly #endLease = (): void => {
    this.#leases--;
    this.#closeIfUnused();
  };

  /** One request's hold on this servable, until it is disposed. */
  lease(): Lease {
    if (this.#isRetired) throw new Error('lease on a retired servable; this is a bug');
    this.#leases++;
    return new Lease(this, this.#endLease);
  }

  /** As `Inference.admit`. */
  admit(rows: number, deadline: Deadline): void {
    this.inference.admit(rows, deadline);
  }

  /** As `Inference.infer`. */
  infer(inputs: readonly Tensor[], rows: number, deadline: Deadline): Promise<InferenceResult> {
    return this.inference.infer(inputs, rows, deadline);
  }

  /** No new leases from here on. Resolves when it is closed. Idempotent. */
  retire(): Promise<void> {
    if (!this.#isRetired) {
      this.#isRetired = true;
      this.#closeIfUnused();
    }
    return this.#closed.promise;
  }

  #closeIfUnused(): void {
    if (!this.#isRetired || this.#leases > 0) return;
    this.inference
      .close()
      .finally(() => this.#release())
      .then(this.#closed.resolve, this.#closed.reject);
  }
}

/** From here to the answer a request sees exactly one version: `using lease = …`. */
export class Lease implements Disposable {
  readonly servable: Servable;
  readonly #end: () => void;
  #isEnded = false;

  constructor(servable: Servable, end: () => void) {
    this.servable = servable;
    this.#end = end;
  }

  [Symbol.dispose](): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#end();
  }
}
