import type { LifecycleEvents } from '../lifecycle/lifecycle-events.ts';
import type { ServedModels } from '../lifecycle/served-models.ts';
import type { GroupState } from './messages.ts';

export interface GroupPublisherParts {
  readonly models: () => Pick<ServedModels, 'statuses' | 'defaultRoute' | 'readiness'>;
  readonly tell: (state: GroupState) => void;
}

/** Tells the members what is known of the models, as soon as something of it has changed. */
export class GroupPublisher {
  readonly #parts: GroupPublisherParts;
  /** The status of each route as it was told last. */
  #told = new Map<string, string>();
  #toldRest = '';
  #isDue = false;

  constructor(parts: GroupPublisherParts) {
    this.#parts = parts;
  }

  /** Everything, for a member that knows nothing yet. */
  fullState(): GroupState {
    return this.#describe(() => true);
  }

  /** Something may have changed: looks, once what goes on now is over. */
  touch = (): void => {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      if (this.#isDue) this.publish();
    });
  };

  /** Tells what has changed. */
  publish(): void {
    this.#isDue = false;
    const told = new Map<string, string>();
    const state = this.#describe((status) => {
      const text = JSON.stringify(status);
      told.set(status.name, text);
      return this.#told.get(status.name) !== text;
    });
    const rest = JSON.stringify({ ...state, statuses: [] });
    if (state.statuses.length === 0 && rest === this.#toldRest) return;
    this.#told = told;
    this.#toldRest = rest;
    this.#parts.tell(state);
  }

  #describe(isWanted: (status: GroupState['statuses'][number]) => boolean): GroupState {
    const models = this.#parts.models();
    const statuses = models.statuses();
    return {
      routes: statuses.map(({ name }) => name),
      statuses: statuses.filter(isWanted),
      defaultRoute: models.defaultRoute,
      readiness: models.readiness(),
    };
  }
}

/** An observer that calls `touch` after whatever changes what is known of the models. */
export function touchOnEvents(
  touch: () => void,
): Omit<LifecycleEvents, 'batchRan' | 'standingTold' | 'standingUntold'> {
  return {
    pointerMoved: touch,
    pointerAbsent: touch,
    pointerFailed: touch,
    loadStarted: touch,
    loadFinished: touch,
    loadFailed: touch,
    storeChanged: touch,
    swapped: touch,
    unloaded: touch,
    closed: touch,
    routeTaken: touch,
    defaultModelChosen: touch,
    nothingMatches: touch,
    registryAnswered: touch,
    registryFailed: touch,
    notes: touch,
    stateUnwritten: touch,
  };
}
