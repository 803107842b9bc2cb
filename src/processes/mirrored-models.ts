import type { Inference } from '../inference/inference.ts';
import type { InferenceLoader, InferenceOrder } from '../lifecycle/inference-loader.ts';
import type { MemoryBudget } from '../lifecycle/memory-budget.ts';
import type { ModelStatus } from '../lifecycle/model-status.ts';
import type { Readiness } from '../lifecycle/readiness.ts';
import type { HintOutcome, RegistryHint } from '../lifecycle/registry-hint.ts';
import { noDefaultModel, noVersionReady, unknownRoute } from '../lifecycle/route-errors.ts';
import { Servable } from '../lifecycle/servable.ts';
import type { OperatorCalls, RoutedLease, ServedModels } from '../lifecycle/served-models.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { VersionChoice } from '../model/version-choice.ts';
import type { GroupState, OperatorOrder, VersionQuestion } from './messages.ts';

export interface MirroredModelsParts {
  readonly inferences: InferenceLoader;
  readonly operate: (order: OperatorOrder) => ReturnType<OperatorCalls['refresh']>;
  readonly hint: (hint: RegistryHint) => Promise<HintOutcome>;
  readonly findVersion: (question: VersionQuestion) => Promise<string>;
  /** The member's share. The coordinator has made sure of one copy of each graph; further copies take what is left. */
  readonly memory: MemoryBudget;
  readonly onClosed: (route: string, version: ModelVersion) => void;
  readonly pollIntervalMs: number;
}

interface HeldEdition {
  readonly route: string;
  readonly abort: AbortController;
  readonly loading: Promise<Servable>;
  /** `null` until it is loaded. */
  servable: Servable | null;
}

/**
 * The models of a member: what the coordinator has decided, and the servables that answer here. Only the figures of
 * runs that a status shows are the member's own.
 *
 * Invariant: a route answers with the edition that the last flip named, from that message on.
 */
export class MirroredModels implements ServedModels {
  readonly operations: OperatorCalls;
  readonly #parts: MirroredModelsParts;
  readonly #editions = new Map<number, HeldEdition>();
  /** What the last flip of each route named. */
  readonly #wanted = new Map<string, number>();
  readonly #current = new Map<string, Servable>();
  readonly #statuses = new Map<string, ModelStatus>();
  #routes: readonly string[] = [];
  #defaultRoute: string | null = null;
  #readiness: Readiness = { ready: false, reason: 'the process is starting' };
  #isStopping = false;

  constructor(parts: MirroredModelsParts) {
    this.#parts = parts;
    const { operate } = parts;
    this.operations = {
      rollback: (route) => operate({ action: 'rollback', route, version: null }),
      pin: (route, version) => operate({ action: 'pin', route, version }),
      unpin: (route) => operate({ action: 'unpin', route, version: null }),
      refresh: (route) => operate({ action: 'refresh', route, version: null }),
    };
  }

  get defaultRoute(): string | null {
    return this.#defaultRoute;
  }

  readiness(): Readiness {
    return this.#isStopping ? { ready: false, reason: 'the server is shutting down' } : this.#readiness;
  }

  lease(route: string | null): RoutedLease {
    const name = route ?? this.#defaultRoute;
    if (name === null) throw noDefaultModel(this.#routes);
    const servable = this.#current.get(name);
    if (servable !== undefined) return { route: name, lease: servable.lease() };
    const status = this.#statuses.get(name);
    if (status === undefined) throw unknownRoute(name, this.#routes);
    const { nextRetryAt } = status;
    const waitMs = nextRetryAt === null ? this.#parts.pollIntervalMs : Date.parse(nextRetryAt) - Date.now();
    throw noVersionReady(name, waitMs);
  }

  leaseVersion(route: string | null, version: string): RoutedLease | null {
    const name = this.#nameOf(route);
    const current = this.#current.get(name);
    if (current?.version.version === version) return { route: name, lease: current.lease() };
    for (const held of this.#editions.values()) {
      const { servable } = held;
      if (held.route === name && servable?.version.version === version)
        return { route: name, lease: servable.lease() };
    }
    return null;
  }

  async findVersion(route: string | null, choice: VersionChoice): Promise<string> {
    return this.#parts.findVersion({ route: this.#nameOf(route), choice });
  }

  configuredRoute(route: string | null): string {
    const name = route ?? this.#defaultRoute;
    return name !== null && this.#statuses.has(name) ? name : '';
  }

  status(route: string): ModelStatus {
    const status = this.#statuses.get(route);
    if (status === undefined) throw unknownRoute(route, this.#routes);
    const servable = this.#current.get(route);
    return servable === undefined ? status : { ...status, placement: servable.placement };
  }

  statuses(): readonly ModelStatus[] {
    return this.#routes.map((route) => this.status(route));
  }

  /** @throws GatewayError MODEL_NOT_FOUND, MODEL_AMBIGUOUS. */
  #nameOf(route: string | null): string {
    const name = route ?? this.#defaultRoute;
    if (name === null) throw noDefaultModel(this.#routes);
    if (!this.#statuses.has(name)) throw unknownRoute(name, this.#routes);
    return name;
  }

  hint(hint: RegistryHint): Promise<HintOutcome> {
    return this.#parts.hint(hint);
  }

  beginShutdown(): void {
    this.#isStopping = true;
  }

  /** Rows that wait for a run, by route. */
  queuedRows(): readonly { readonly route: string; readonly rows: number }[] {
    return [...this.#current].map(([route, { queuedRows }]) => ({ route, rows: queuedRows }));
  }

  /** Whether an edition of this version is here, serving or warm. */
  isLoaded(route: string, version: string): boolean {
    return [...this.#editions.values()].some(
      (held) => held.route === route && held.servable?.version.version === version,
    );
  }

  /** Resolves once the version is warm. @throws GatewayError as `InferenceLoader.load`. */
  async load(id: number, order: InferenceOrder): Promise<void> {
    const { inferences, memory } = this.#parts;
    const { memoryBytes } = order.verdict;
    const abort = new AbortController();
    const giveBack = memory.hold(memoryBytes);
    const loading = inferences
      .load(order, () => memory.tryReserve(memoryBytes), abort.signal)
      .then((inference) => {
        held.servable = createServable(order, inference, giveBack);
        return held.servable;
      });
    loading.catch(giveBack);
    const held: HeldEdition = { route: order.route, abort, loading, servable: null };
    this.#editions.set(id, held);
    await loading;
  }

  /**
   * Resolves once the route answers with the edition, or another flip has come.
   *
   * @throws GatewayError as `load` if the edition is not loaded and cannot be.
   */
  async flip(route: string, id: number | null): Promise<void> {
    if (id === null) {
      this.#wanted.delete(route);
      this.#current.delete(route);
      return;
    }
    const held = this.#editions.get(id);
    if (held === undefined) throw new Error(`there is no edition ${id} to flip to; this is a bug`);
    this.#wanted.set(route, id);
    const servable = held.servable ?? (await held.loading);
    if (this.#wanted.get(route) === id) this.#current.set(route, servable);
  }

  /** Resolves after the edition's last lease. Until the one that it was flipped to is loaded, the route keeps it. */
  async retire(id: number): Promise<void> {
    const held = this.#editions.get(id);
    if (held === undefined) return;
    this.#editions.delete(id);
    held.abort.abort(new Error('the edition is not wanted any more'));
    const servable = await held.loading.catch(() => null);
    if (servable === null) return;
    await this.#untilReplaced(held.route, servable);
    await servable.retire();
    this.#parts.onClosed(held.route, servable.version);
  }

  /** Resolves once the route answers with another edition, or with none, or cannot. */
  async #untilReplaced(route: string, servable: Servable): Promise<void> {
    while (this.#current.get(route) === servable) {
      const next = this.#editions.get(this.#wanted.get(route) ?? 0);
      const isLoaded = await next?.loading.catch(() => null);
      if (!isLoaded) return; // whoever ordered the flip is told, and ends this process
    }
  }

  /** Gives up everything; resolves after the last lease. */
  async stop(): Promise<void> {
    this.#current.clear();
    await Promise.all([...this.#editions.keys()].map((id) => this.retire(id)));
  }

  update(state: GroupState): void {
    for (const status of state.statuses) this.#statuses.set(status.name, status);
    const routes = new Set(state.routes);
    for (const route of this.#statuses.keys()) {
      if (!routes.has(route)) this.#statuses.delete(route);
    }
    this.#routes = state.routes;
    this.#defaultRoute = state.defaultRoute;
    this.#readiness = state.readiness;
  }
}

/** What is shown of a version comes from the coordinator; this one only answers. */
function createServable(order: InferenceOrder, inference: Inference, giveBack: () => void): Servable {
  const { version, digest, signature, invocations, placement, verdict, exampleRow } = order;
  return new Servable({
    version,
    digest,
    signature,
    invocations,
    inference,
    placement,
    memoryBytes: verdict.memoryBytes,
    loadedAt: new Date(),
    conversion: null,
    notes: [],
    exampleRow,
    release: async () => giveBack(),
  });
}
