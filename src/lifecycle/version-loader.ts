import { readdir } from 'node:fs/promises';
import type { ArtifactCache, CachedVersion } from '../artifacts/artifact-cache.ts';
import { cacheKey } from '../artifacts/cache-key.ts';
import type { Engine, Placement, TrialRunner } from '../engine/engine.ts';
import { GatewayError } from '../errors.ts';
import type { ModelFormat, PreparedModel } from '../formats/model-format.ts';
import type { BatchObservation } from '../inference/inference.ts';
import { PlacedInference } from '../inference/placed-inference.ts';
import { compareSignatures } from '../model/compare-signatures.ts';
import type { MlModel } from '../model/ml-model.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { Signature } from '../model/signature.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';
import { applyVerdict, graphOf, tryVersion, type Verdict, warmUpRow } from './gate.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ModelPolicy } from './model-policy.ts';
import { ALLOW_BREAKING_TAG } from './next-action.ts';
import { type PlacementDecision, Servable } from './servable.ts';
import type { StateFile } from './state-file.ts';
import type { VerdictStore } from './verdict-store.ts';
import { plainRow } from './warm-up-rows.ts';

/** Below both a graph runs inline: a hop to a thread would cost more than the run. */
const INLINE_LOAD_MS = 20;
const INLINE_RUN_MS = 1;

export interface VersionLoaderParts {
  readonly registry: ModelRegistry;
  readonly cache: ArtifactCache;
  readonly formats: readonly ModelFormat[];
  readonly engine: Engine;
  readonly trials: TrialRunner;
  readonly verdicts: VerdictStore;
  readonly memory: MemoryBudget;
  readonly state: StateFile;
  readonly loadTimeoutMs: number;
  /** Gives up one warm previous version; false if there is none left. */
  readonly makeRoom: () => Promise<boolean>;
  readonly onBatch: (route: string, version: string, batch: BatchObservation) => void;
}

export interface LoadRequest {
  readonly route: string;
  readonly version: ModelVersion;
  readonly policy: ModelPolicy;
  /** The signature that requests are made for now; `null`: nothing to compare with. */
  readonly reference: { readonly signature: Signature; readonly version: string } | null;
  /** Whether another version is known to have served: one death is then enough to give a version up. */
  readonly hasFallback: boolean;
}

/** From a registry record to a servable that is warm and checked; changes nothing that serves. */
export class VersionLoader {
  readonly #parts: VersionLoaderParts;

  constructor(parts: VersionLoaderParts) {
    this.#parts = parts;
  }

  /**
   * @returns a servable that the caller must retire.
   * @throws GatewayError that names why the version cannot serve; SIGNATURE_INCOMPATIBLE if it could and must not.
   */
  async load(request: LoadRequest, signal: AbortSignal): Promise<Servable> {
    const { cache } = this.#parts;
    const { version } = request;
    this.#refuseDeadly(request);
    const key = cacheKey(version);
    await using cleanup = new AsyncDisposableStack();
    cache.hold(key);
    cleanup.defer(() => cache.release(key));
    const cached = await this.#fetch(version, signal);
    const workDirectory = await cached.createWorkDirectory();
    cleanup.defer(() => cache.removeWorkDirectory(workDirectory));
    const prepared = await this.#prepare(cached, workDirectory, signal);
    const verdict = await this.#verdict(prepared, cached.digest, signal);
    const signature = applyVerdict(prepared.signature, verdict);
    refuseBreaking(signature, request);
    const owner = {};
    await this.#parts.memory.reserve(owner, verdict.memoryBytes, this.#parts.makeRoom);
    cleanup.defer(() => this.#parts.memory.release(owner));
    const placement = decidePlacement(verdict, request.policy.placement);
    const inference = await this.#start(request, prepared, verdict, placement.placement, signal);
    const held = cleanup.move();
    return new Servable({
      version,
      digest: cached.digest,
      signature,
      inference,
      placement,
      memoryBytes: verdict.memoryBytes,
      loadedAt: new Date(),
      exampleRow: prepared.exampleRows?.[0] ?? plainRow(signature),
      notes: [...prepared.notes, ...verdict.notes],
      release: () => held.disposeAsync(),
    });
  }

  #refuseDeadly(request: LoadRequest): void {
    const deaths = this.#parts.state.deathsOf(request.version);
    if (deaths === 0 || (deaths === 1 && !request.hasFallback)) return;
    throw new GatewayError(
      'LOAD_CRASHED',
      `the server died while it loaded version "${request.version.version}"; it is not loaded again until the pointer ` +
        'or its files change, or an operator calls refresh',
    );
  }

  #fetch(version: ModelVersion, signal: AbortSignal): Promise<CachedVersion> {
    const { cache, registry } = this.#parts;
    return cache.ensure(
      version,
      {
        locate: (abort) => registry.locate(version, abort),
        accept: (mlmodel, paths) => {
          this.#formatFor(mlmodel, paths);
        },
        missingFiles: async (directory) => {
          const missing = await Promise.all(
            this.#parts.formats.map((format) => format.missingFiles(directory)),
          );
          return missing.flat();
        },
      },
      signal,
    );
  }

  #formatFor(mlmodel: MlModel | null, paths: readonly string[]): ModelFormat {
    const format = this.#parts.formats.find((candidate) => candidate.claims(mlmodel, paths));
    if (format !== undefined) return format;
    const has =
      mlmodel === null
        ? 'it has no MLmodel and no .onnx file'
        : `its flavours are ${Object.keys(mlmodel.flavors).join(', ') || 'none'}`;
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `the version has nothing that can be served: ${has}; export the model to ONNX (skl2onnx) and log it with mlflow.onnx.log_model`,
    );
  }

  async #prepare(cached: CachedVersion, workDirectory: string, signal: AbortSignal): Promise<PreparedModel> {
    const format = this.#formatFor(cached.mlmodel, await readdir(cached.directory));
    return format.prepare(cached.directory, workDirectory, signal);
  }

  async #verdict(prepared: PreparedModel, digest: string, signal: AbortSignal): Promise<Verdict> {
    const { verdicts, trials, loadTimeoutMs } = this.#parts;
    const known = await verdicts.find(digest);
    if (known !== null) return known;
    const verdict = await tryVersion(prepared, trials, loadTimeoutMs, signal);
    await verdicts.remember(digest, verdict);
    return verdict;
  }

  /** Loads for service and runs one row, with the marker on the disk for as long as a native crash could come of it. */
  async #start(
    request: LoadRequest,
    prepared: PreparedModel,
    verdict: Verdict,
    placement: Placement,
    signal: AbortSignal,
  ): Promise<PlacedInference> {
    const { engine, state, onBatch } = this.#parts;
    const { route, version, policy } = request;
    const unmark = await state.markLoading(version);
    try {
      const inference = await PlacedInference.load(
        {
          engine,
          graph: graphOf(prepared),
          placement,
          oneRowMs: verdict.runMs ?? INLINE_RUN_MS,
          shareBatches: policy.batching && verdict.canShareBatches && prepared.signature.fixedRows === null,
          onBatch: (batch) => onBatch(route, version.version, batch),
        },
        signal,
      );
      await using closing = new AsyncDisposableStack();
      closing.defer(() => inference.close());
      const row = verdict.runMs === null ? null : warmUpRow(prepared);
      if (row !== null) await inference.infer(row, row[0]?.dims[0] ?? 1, signal);
      closing.move();
      return inference;
    } finally {
      await unmark();
    }
  }
}

/** @throws GatewayError SIGNATURE_INCOMPATIBLE listing every difference that breaks. */
function refuseBreaking(signature: Signature, request: LoadRequest): void {
  const { reference, policy, version } = request;
  if (reference === null || policy.signature === 'any' || version.tags[ALLOW_BREAKING_TAG] === 'true') return;
  const differences = compareSignatures(reference.signature, signature);
  if (differences.length === 0) return;
  throw new GatewayError(
    'SIGNATURE_INCOMPATIBLE',
    `requests that are valid for version "${reference.version}" would not be for "${version.version}": ` +
      `${differences.join('; ')}; set the version tag ${ALLOW_BREAKING_TAG}=true, or signature: any for the model, to serve it all the same`,
  );
}

function decidePlacement(verdict: Verdict, wanted: ModelPolicy['placement']): PlacementDecision {
  const { loadMs, runMs } = verdict;
  const figures = `load ${loadMs.toFixed(1)} ms, one row ${runMs === null ? 'not measured' : `${runMs.toFixed(3)} ms`}`;
  if (wanted !== 'auto')
    return { placement: wanted, reason: `set for this model; ${figures}`, loadMs, runMs };
  const isCheap = loadMs <= INLINE_LOAD_MS && runMs !== null && runMs <= INLINE_RUN_MS;
  const limits = `limits for inline: ${INLINE_LOAD_MS} ms and ${INLINE_RUN_MS} ms`;
  return isCheap
    ? {
        placement: 'inline',
        reason: `a hop to a thread would cost more than the run: ${figures} (${limits})`,
        loadMs,
        runMs,
      }
    : { placement: 'worker', reason: `too heavy for the event loop: ${figures} (${limits})`, loadMs, runMs };
}
