import type { ArtifactCache } from '../artifacts/artifact-cache.ts';
import type { TrialRunner } from '../engine/engine.ts';
import type { ModelFormat } from '../formats/model-format.ts';
import { formatModelUri, type ModelUri } from '../model/model-uri.ts';
import type { ModelVersion } from '../model/model-version.ts';
import { pointerOfChoice, type VersionChoice } from '../model/version-choice.ts';
import type { ModelRegistry } from '../registry/model-registry.ts';
import { Catalog, type DefaultModelRule } from './catalog.ts';
import { crossCheckUris } from './cross-check.ts';
import { HintDesk } from './hint-desk.ts';
import type { InferenceLoader } from './inference-loader.ts';
import { KeptFiles } from './kept-files.ts';
import { KnownVersions } from './known-versions.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';
import { MemoryBudget } from './memory-budget.ts';
import type { FollowedModel } from './model-policy.ts';
import { describeSlot, type ModelStatus } from './model-status.ts';
import { OperatorActions } from './operator-actions.ts';
import { type Readiness, ReadinessGate } from './readiness.ts';
import type { HintOutcome, RegistryHint } from './registry-hint.ts';
import { RegistryWatcher } from './registry-watcher.ts';
import { noVersionReady } from './route-errors.ts';
import type { OperatorCalls, RoutedLease, ServedModels } from './served-models.ts';
import { SlotController } from './slot-controller.ts';
import type { StateFile } from './state-file.ts';
import { StoreWatch } from './store-watch.ts';
import type { VerdictStore } from './verdict-store.ts';
import { VersionLoader } from './version-loader.ts';

export interface ModelServiceParts {
  readonly registry: ModelRegistry;
  readonly cache: ArtifactCache;
  readonly formats: readonly ModelFormat[];
  readonly inferences: InferenceLoader;
  /** False once runs cannot be carried out any more: the process can only be restarted. */
  readonly isEngineHealthy: () => boolean;
  /** What a version's store says of its files (`lookAtStore`); `null` if the registry tells when they change. */
  readonly lookAtStore: ((version: ModelVersion, signal: AbortSignal) => Promise<string>) | null;
  readonly trials: TrialRunner;
  readonly verdicts: VerdictStore;
  readonly state: StateFile;
  readonly events: LifecycleEvents;
  readonly models: readonly FollowedModel[];
  readonly defaultModel: DefaultModelRule;
  /** The registry's workspace that is followed; `null`: its default, or it has none. */
  readonly workspace: string | null;
  readonly pollIntervalMs: number;
  readonly loadTimeoutMs: number;
  readonly memoryMaxBytes: number;
  readonly whenUnassigned: 'keep' | 'unload';
  /** In ms since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * The lifecycle as everything above sees it: hands out leases, tells the state, takes operators' orders.
 * Start and stop are symmetrical: watcher and slots; the parts given to it are closed by who made them.
 */
export class ModelService implements ServedModels {
  readonly operations: OperatorCalls;
  readonly #parts: ModelServiceParts;
  readonly #catalog: Catalog;
  readonly #loader: VersionLoader;
  readonly #watcher: RegistryWatcher;
  readonly #stores: StoreWatch | null;
  readonly #hints: HintDesk;
  readonly #readiness: ReadinessGate;
  readonly #versions: KnownVersions;
  #hasPolled = false;
  #registryProblem: string | null = null;

  constructor(parts: ModelServiceParts) {
    this.#parts = parts;
    const { registry, models, events } = parts;
    this.#loader = new VersionLoader({
      ...parts,
      memory: new MemoryBudget(parts.memoryMaxBytes, process.memoryUsage.rss()),
      makeRoom: () => this.#coolOnePrevious(),
    });
    this.#catalog = new Catalog({
      models,
      defaultModel: parts.defaultModel,
      createController: (route, uri, model) => this.#createController(route, uri, model),
      remembered: parts.state.routes().map(({ name, state }) => ({ route: name, uri: state.uri })),
      events,
    });
    this.#stores =
      parts.lookAtStore &&
      new StoreWatch({ ...parts, look: parts.lookAtStore, slots: () => this.#catalog.controllers });
    const uris = [...models.map((model) => model.uri), ...crossCheckUris(models)];
    this.#watcher = new RegistryWatcher({
      registry,
      uris,
      pollIntervalMs: parts.pollIntervalMs,
      random: parts.random,
      onAnswer: (resolutions) => {
        // Was it ready so far? A model that joins only now must not make it unready.
        this.#readiness.check();
        this.#hasPolled = true;
        this.#registryProblem = null;
        events.registryAnswered(resolutions);
        this.#catalog.observe(resolutions);
        this.#stores?.registryAnswered();
      },
      onFailure: (error, retryInMs) => {
        this.#hasPolled = true;
        this.#registryProblem = error.message;
        events.registryFailed(error, retryInMs);
        this.#catalog.observeOutage(error);
        this.#stores?.registryFailed();
      },
    });
    this.#readiness = new ReadinessGate({
      catalog: this.#catalog,
      hasPolled: () => this.#hasPolled,
      registryProblem: () => this.#registryProblem,
      isEngineHealthy: parts.isEngineHealthy,
    });
    this.#hints = new HintDesk({ ...parts, watcher: this.#watcher, uris });
    this.#versions = new KnownVersions({ registry, rememberMs: parts.pollIntervalMs, now: parts.now });
    this.operations = this.#operateOn(new OperatorActions(registry, this.#watcher));
  }

  /** Begins with what served last, then follows the registry. Resolves after the first poll; loads go on. */
  async start(): Promise<void> {
    for (const controller of this.#catalog.controllers) controller.start();
    await this.#watcher.start();
  }

  /** Resolves when every route that is known now serves or has failed. */
  async settled(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#catalog.controllers.map((controller) => controller.settled(signal)));
  }

  /** Unready, and nothing is loaded or swapped, from here on; what serves goes on. */
  beginShutdown(): void {
    this.#readiness.stop();
    this.#hints.close();
    this.#stores?.stop();
    void this.#watcher.stop(); // waited for by `stop`
    this.#catalog.halt();
  }

  /** Ends polls and loads, and closes every servable after its last lease. */
  async stop(): Promise<void> {
    this.beginShutdown();
    await this.#watcher.stop();
    await this.#catalog.stop();
  }

  get defaultRoute(): string | null {
    return this.#catalog.defaultRoute;
  }

  async hint(hint: RegistryHint): Promise<HintOutcome> {
    return this.#hints.take(hint);
  }

  readiness(): Readiness {
    return this.#readiness.check();
  }

  /**
   * @param route `null`: the default model.
   * @throws GatewayError MODEL_NOT_FOUND, MODEL_AMBIGUOUS, MODEL_NOT_READY.
   */
  lease(route: string | null): RoutedLease {
    const controller = this.#catalog.find(route);
    const lease = controller.slot.lease();
    if (lease !== null) return { route: controller.route, lease };
    const { lastError } = controller;
    const retryAt = lastError?.retryAt ?? null;
    const { pollIntervalMs, now } = this.#parts;
    throw noVersionReady(controller.route, retryAt === null ? pollIntervalMs : retryAt - now());
  }

  leaseVersion(route: string | null, version: string): RoutedLease | null {
    const controller = this.#catalog.find(route);
    const lease = controller.slot.leaseVersion(version);
    return lease && { route: controller.route, lease };
  }

  async findVersion(route: string | null, choice: VersionChoice): Promise<string> {
    const { registeredName: name, uriText, slot } = this.#catalog.find(route);
    const uri = { name, pointer: pointerOfChoice(choice) };
    // What the route itself follows is answered by what serves, without a question.
    if (choice.kind === 'label' && slot.current !== null && formatModelUri(uri) === uriText)
      return slot.current.version.version;
    return this.#versions.find(uri);
  }

  /** The name of a route if it is configured, else an empty text, so that clients cannot create metric series. */
  configuredRoute(route: string | null): string {
    const name = route ?? this.#catalog.defaultRoute;
    return name !== null && this.#catalog.has(name) ? name : '';
  }

  /** @throws GatewayError MODEL_NOT_FOUND. */
  find(route: string): SlotController {
    return this.#catalog.find(route);
  }

  /** @throws GatewayError MODEL_NOT_FOUND. */
  status(route: string): ModelStatus {
    return describeSlot(this.#catalog.find(route));
  }

  statuses(): readonly ModelStatus[] {
    return this.#catalog.controllers.map(describeSlot);
  }

  /** A row that the current version takes, for examples; `null` if there is none. @throws GatewayError MODEL_NOT_FOUND. */
  exampleRow(route: string): unknown {
    return this.#catalog.find(route).slot.current?.exampleRow ?? null;
  }

  /** Whether a version serves, or is kept warm, under a route. */
  isLoaded(route: string, version: string): boolean {
    if (!this.#catalog.has(route)) return false;
    const { current, previous } = this.#catalog.find(route).slot;
    return (
      current?.version.version === version ||
      (previous?.version.version === version && previous.servable !== null)
    );
  }

  /** Rows that wait for a run, by route. */
  queuedRows(): readonly { readonly route: string; readonly rows: number }[] {
    return this.#catalog.controllers.map(({ route, slot }) => ({
      route,
      rows: slot.current?.queuedRows ?? 0,
    }));
  }

  #operateOn(actions: OperatorActions): OperatorCalls {
    const find = (route: string) => this.#catalog.find(route);
    return {
      rollback: async (route) => actions.rollback(find(route)),
      pin: async (route, version) => actions.pin(find(route), version),
      unpin: async (route) => actions.unpin(find(route)),
      refresh: async (route) => actions.refresh(find(route)),
    };
  }

  #createController(route: string, uri: ModelUri, model: FollowedModel): SlotController {
    const { registry, cache } = this.#parts;
    return new SlotController({
      ...this.#parts,
      route,
      uri,
      policy: model,
      files: new KeptFiles(cache),
      load: (request, signal) => this.#loader.load(request, signal),
      readPointer: (pointer, signal) => registry.read(pointer, signal),
    });
  }

  /** The warm previous version that was loaded longest ago goes first. */
  async #coolOnePrevious(): Promise<boolean> {
    const [oldest] = this.#catalog.controllers
      .map(({ slot }) => ({ slot, loadedAt: slot.previous?.servable?.loadedAt ?? null }))
      .filter(({ loadedAt }) => loadedAt !== null)
      .sort((left, right) => Number(left.loadedAt) - Number(right.loadedAt));
    if (oldest === undefined) return false;
    await oldest.slot.coolPrevious();
    return true;
  }
}
