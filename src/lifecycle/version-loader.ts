import { readdir } from 'node:fs/promises';
import type { ArtifactCache, CachedVersion } from '../artifacts/artifact-cache.ts';
import { cacheKey } from '../artifacts/cache-key.ts';
import type { TrialRunner } from '../engine/engine.ts';
import { GatewayError } from '../errors.ts';
import type { ModelFormat, PreparedModel } from '../formats/model-format.ts';
import { compareSignatures } from '../model/compare-signatures.ts';
import type { MlModel } from '../model/ml-model.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { Signature } from '../model/signature.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';
import { decidePlacement } from './decide-placement.ts';
import { applyVerdict, exampleRow, graphOf, tryVersion, warmUpRow } from './gate.ts';
import type { InferenceLoader, InferenceOrder } from './inference-loader.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ModelPolicy } from './model-policy.ts';
import { ALLOW_BREAKING_TAG } from './next-action.ts';
import { Servable } from './servable.ts';
import type { StateFile } from './state-file.ts';
import type { VerdictStore } from './verdict-store.ts';

export interface VersionLoaderParts {
  readonly registry: ModelRegistry;
  readonly cache: ArtifactCache;
  readonly formats: readonly ModelFormat[];
  readonly inferences: InferenceLoader;
  readonly trials: TrialRunner;
  readonly verdicts: VerdictStore;
  readonly memory: MemoryBudget;
  readonly state: StateFile;
  readonly loadTimeoutMs: number;
  /** Gives up one warm previous version; false if there is none left. */
  readonly makeRoom: () => Promise<boolean>;
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
    const { cache, memory, makeRoom, inferences } = this.#parts;
    const { version } = request;
    this.#refuseDeadly(request);
    const key = cacheKey(version);
    await using cleanup = new AsyncDisposableStack();
    cache.hold(key);
    cleanup.defer(() => cache.release(key));
    const cached = await this.#fetch(version, signal);
    const workDirectory = await cached.createWorkDirectory();
    cleanup.defer(() => cache.removeWorkDirectory(workDirectory));
    const { prepared, verdict } = await this.#marked(version, () =>
      this.#check(cached, workDirectory, request.policy, signal).catch((error) =>
        discardInvalid(cached, error),
      ),
    );
    const signature = applyVerdict(prepared.signature, verdict);
    refuseBreaking(signature, request);
    const owner = {};
    cleanup.defer(() => memory.release(owner));
    await memory.reserve(owner, verdict.memoryBytes, makeRoom, signal);
    const placement = decidePlacement(verdict, request.policy.placement);
    const order: InferenceOrder = {
      route: request.route,
      version,
      policy: request.policy,
      invocations: request.policy.invocations ?? prepared.invocations,
      digest: cached.digest,
      signature,
      graph: graphOf(prepared),
      placement,
      verdict,
      warmUpRow: verdict.runMs === null ? null : warmUpRow(prepared),
      exampleRow: exampleRow(prepared),
    };
    const reserveCopy = () => memory.tryReserve(verdict.memoryBytes);
    const inference = await this.#marked(version, () => inferences.load(order, reserveCopy, signal));
    cleanup.defer(() => inference.close());
    const held = cleanup.move();
    return new Servable({
      version,
      digest: cached.digest,
      signature,
      invocations: order.invocations,
      inference,
      placement,
      memoryBytes: verdict.memoryBytes,
      loadedAt: new Date(),
      exampleRow: order.exampleRow,
      conversion: prepared.conversion,
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
    let format: ModelFormat | null = null;
    return cache.ensure(
      version,
      {
        locate: (abort) => registry.locate(version, abort),
        accept: (mlmodel, paths) => {
          format = this.#formatFor(mlmodel, paths);
        },
        missingFiles: async (directory) => (await format?.missingFiles(directory)) ?? [],
      },
      signal,
    );
  }

  #formatFor(mlmodel: MlModel | null, paths: readonly string[]): ModelFormat {
    const format = this.#parts.formats.find((candidate) => candidate.claims(mlmodel, paths));
    if (format !== undefined) return format;
    const has =
      mlmodel === null
        ? 'it has no MLmodel and no model file'
        : `its flavours are ${Object.keys(mlmodel.flavors).join(', ') || 'none'}`;
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `the version has nothing that can be served: ${has}; export the model to ONNX (skl2onnx) and log it with mlflow.onnx.log_model`,
    );
  }

  /** Does `work` with the version's marker on the disk, because the process could die of it. */
  async #marked<T>(version: ModelVersion, work: () => Promise<T>): Promise<T> {
    await using marker = new AsyncDisposableStack();
    marker.defer(await this.#parts.state.markLoading(version));
    return await work();
  }

  async #check(
    { mlmodel, directory, digest, derived }: CachedVersion,
    workDirectory: string,
    { precision }: ModelPolicy,
    signal: AbortSignal,
  ) {
    const { verdicts, trials, loadTimeoutMs } = this.#parts;
    const format = this.#formatFor(mlmodel, await readdir(directory));
    const version = { directory, digest, workDirectory, derived, precision };
    const prepared = await format.prepare(version, signal);
    const key = verdictKey(digest, prepared);
    const known = await verdicts.find(key);
    if (known !== null) return { prepared, verdict: known };
    const verdict = await tryVersion(prepared, trials, loadTimeoutMs, signal);
    await verdicts.remember(key, verdict);
    return { prepared, verdict };
  }
}

/** The files' digest, and how they became a graph where that was done here: another graph has another verdict. */
function verdictKey(digest: string, { conversion }: PreparedModel): string {
  if (conversion === null) return digest;
  return `${digest} converted ${conversion.converterVersion} ${conversion.precision}`;
}

/** What was downloaded is no model: whoever mends it in the store, and calls refresh, must not get this copy again. */
async function discardInvalid(cached: CachedVersion, error: unknown): Promise<never> {
  if (error instanceof GatewayError && error.code === 'INVALID_MODEL') await cached.discard();
  throw error;
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
