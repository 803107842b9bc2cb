import { GatewayError } from '../errors.ts';
import { formatModelUri, type ModelUri } from '../model/model-uri.ts';
import type { PointerState, Resolution } from '../registry/model-registry.ts';
import { type CrossCheckState, crossCheckStates } from './cross-check.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';
import type { FollowedModel } from './model-policy.ts';
import { noDefaultModel, unknownRoute } from './route-errors.ts';
import type { SlotController } from './slot-controller.ts';

/** How the model of the routes without a name is found. */
export type DefaultModelRule =
  | { readonly kind: 'named'; readonly route: string }
  /** The only match of the wildcards at the first answer, for the life of the process. */
  | { readonly kind: 'only-match-at-start' }
  | { readonly kind: 'none' };

export interface CatalogParts {
  readonly models: readonly FollowedModel[];
  readonly defaultModel: DefaultModelRule;
  readonly createController: (route: string, uri: ModelUri, model: FollowedModel) => SlotController;
  /** Routes that an earlier process served by a wildcard: they come back even if the registry is down. */
  readonly remembered: readonly { readonly route: string; readonly uri: string }[];
  readonly events: LifecycleEvents;
}

/**
 * Which routes there are, and the slot behind each. Explicit pointers exist from the start; a wildcard adds a route
 * for each model that has its pointer, unless an explicit pointer or an earlier wildcard has that route.
 */
export class Catalog {
  readonly #parts: CatalogParts;
  readonly #controllers = new Map<string, SlotController>();
  readonly #owners = new Map<string, FollowedModel>();
  readonly #reported = new Set<string>();
  readonly #unmatched = new Map<FollowedModel, readonly string[]>();
  /** Routes that are gone, and still end. */
  readonly #leaving = new Set<Promise<void>>();
  #defaultRoute: string | null;
  #isStartOver = false;

  constructor(parts: CatalogParts) {
    this.#parts = parts;
    this.#defaultRoute = parts.defaultModel.kind === 'named' ? parts.defaultModel.route : null;
    for (const model of parts.models) {
      if (model.uri.name !== '*') this.#add(model.route ?? model.uri.name, model.uri, model);
    }
    this.#addRemembered();
  }

  get controllers(): readonly SlotController[] {
    return [...this.#controllers.values()];
  }

  get hasWildcard(): boolean {
    return this.#parts.models.some((model) => model.uri.name === '*');
  }

  get defaultRoute(): string | null {
    return this.#defaultRoute;
  }

  /** Why there may be no model at all, and which pointers exist. */
  get whyEmpty(): string {
    const [first] = this.#unmatched;
    if (first === undefined) return 'see GET /models for what is wrong with each';
    const [model, available] = first;
    const exist =
      available.length === 0
        ? 'the registry has no model with a version'
        : `there are ${available.join(', ')}`;
    return `nothing in the registry matches ${formatModelUri(model.uri)}: ${exist}`;
  }

  has(route: string): boolean {
    return this.#controllers.has(route);
  }

  isExplicit(controller: SlotController): boolean {
    return this.#owners.get(controller.route)?.uri.name !== '*';
  }

  /**
   * The slot behind a route name; `null` names the default model.
   *
   * @throws GatewayError MODEL_NOT_FOUND, or MODEL_AMBIGUOUS if there is no default model.
   */
  find(route: string | null): SlotController {
    const name = route ?? this.#defaultRoute;
    if (name === null) throw noDefaultModel([...this.#controllers.keys()]);
    const controller = this.#controllers.get(name);
    if (controller === undefined) throw unknownRoute(name, [...this.#controllers.keys()]);
    return controller;
  }

  /** Takes in one full answer of the registry, in the order of `models`, then of their cross-checks. */
  observe(resolutions: readonly Resolution[]): void {
    const { models } = this.#parts;
    const otherOf = crossCheckStates(models, resolutions);
    models.forEach((model, index) => {
      const resolution = resolutions[index];
      if (resolution === undefined) return;
      const [state] = resolution.states;
      if (model.uri.name === '*') this.#observeWildcard(model, resolution, otherOf);
      else if (state !== undefined) this.#observeExplicit(model, state, otherOf(model, state.name));
    });
    this.#dropRemovable();
    this.#endStart(
      resolutions.slice(0, models.length).flatMap(({ states }) => states.map((state) => state.name)),
    );
  }

  /** Takes in that the registry could not be read at all: no instruction for anyone. */
  observeOutage(error: GatewayError): void {
    for (const controller of this.controllers)
      controller.observe({ outcome: 'failed', name: controller.pointer.uri.name, error });
    // Without an answer, what an earlier process served is all that can be matched.
    if (this.#controllers.size > 0) this.#endStart([...this.#controllers.keys()]);
  }

  /** Nothing is swapped from here on; what serves goes on. */
  halt(): void {
    for (const controller of this.controllers) controller.halt();
  }

  /** Ends every slot. Resolves when nothing is left of any. */
  async stop(): Promise<void> {
    await Promise.all([...this.controllers.map((controller) => controller.stop()), ...this.#leaving]);
  }

  #observeExplicit(model: FollowedModel, state: PointerState, other: CrossCheckState | null): void {
    this.#controllers.get(model.route ?? model.uri.name)?.observe(state, other);
  }

  #observeWildcard(
    model: FollowedModel,
    resolution: Resolution,
    otherOf: (model: FollowedModel, name: string) => CrossCheckState | null,
  ): void {
    const own = this.controllers.filter((controller) => this.#owners.get(controller.route) === model);
    if (resolution.states.length === 0) {
      this.#observeNothing(model, resolution.available, own);
      return;
    }
    this.#unmatched.delete(model);
    const matched = new Set(resolution.states.map((state) => state.name));
    for (const state of resolution.states) this.#observeMatch(model, state, otherOf(model, state.name));
    for (const controller of own) {
      const { route, uriText } = controller;
      if (matched.has(route)) continue;
      controller.observe({ outcome: 'absent', name: route, reason: `${uriText} names no version any more` });
    }
  }

  /** Nothing at all where models were is an error, not an instruction: no slot is told that its pointer is gone. */
  #observeNothing(model: FollowedModel, available: readonly string[], own: readonly SlotController[]): void {
    const uri = formatModelUri(model.uri);
    const isKnown = this.#unmatched.get(model)?.join() === available.join();
    this.#unmatched.set(model, available);
    if (!isKnown) this.#parts.events.nothingMatches(uri, available);
    for (const controller of own) {
      const error = new GatewayError(
        'REGISTRY_UNAVAILABLE',
        `the registry has nothing that matches ${uri} any more; as it had, this is taken for a fault and changes nothing`,
      );
      controller.observe({ outcome: 'failed', name: controller.route, error });
    }
  }

  #observeMatch(model: FollowedModel, state: PointerState, other: CrossCheckState | null): void {
    const { name } = state;
    const uri: ModelUri = { name, pointer: model.uri.pointer };
    const owner = this.#owners.get(name);
    if (owner === undefined) {
      this.#add(name, uri, model).start();
    } else if (owner !== model) {
      const takesOver = state.outcome === 'found' && this.#isEarlier(model, owner);
      this.#reportTaken(name, takesOver ? owner : model, takesOver ? model : owner);
      if (!takesOver) return;
      this.#owners.set(name, model);
      this.#controllers.get(name)?.follow(uri, model);
    }
    this.#controllers.get(name)?.observe(state, other);
  }

  /** Whether a route of the wildcard `owner` belongs to the wildcard `model` as soon as both match it. */
  #isEarlier(model: FollowedModel, owner: FollowedModel): boolean {
    const { models } = this.#parts;
    return owner.uri.name === '*' && models.indexOf(model) < models.indexOf(owner);
  }

  #add(route: string, uri: ModelUri, model: FollowedModel): SlotController {
    const controller = this.#parts.createController(route, uri, model);
    this.#controllers.set(route, controller);
    this.#owners.set(route, model);
    return controller;
  }

  #addRemembered(): void {
    for (const { route, uri } of this.#parts.remembered) {
      if (this.#controllers.has(route)) continue;
      const owner = this.#parts.models.find(
        (model) =>
          model.uri.name === '*' && formatModelUri({ name: route, pointer: model.uri.pointer }) === uri,
      );
      if (owner !== undefined) this.#add(route, { name: route, pointer: owner.uri.pointer }, owner);
    }
  }

  #dropRemovable(): void {
    for (const controller of this.controllers) {
      if (!controller.isRemovable || this.isExplicit(controller)) continue;
      this.#controllers.delete(controller.route);
      this.#owners.delete(controller.route);
      const leaving = controller.remove().finally(() => this.#leaving.delete(leaving));
      this.#leaving.add(leaving);
    }
  }

  /** @param matched the routes that the start has found. */
  #endStart(matched: readonly string[]): void {
    if (this.#isStartOver) return;
    this.#isStartOver = true;
    const [only, ...others] = new Set(matched);
    if (this.#parts.defaultModel.kind !== 'only-match-at-start') return;
    if (only === undefined || others.length > 0 || !this.#controllers.has(only)) return;
    this.#defaultRoute = only;
    this.#parts.events.defaultModelChosen(only);
  }

  #reportTaken(name: string, model: FollowedModel, by: FollowedModel): void {
    const [uri, byUri] = [formatModelUri(model.uri), formatModelUri(by.uri)];
    const what = `${name} ${uri} ${byUri}`;
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    this.#parts.events.routeTaken(name, uri, byUri);
  }
}
