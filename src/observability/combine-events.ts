import type { LifecycleEvents } from '../lifecycle/lifecycle-events.ts';

/** An observer of the events that it has a method for. */
export type LifecycleObserver = Partial<LifecycleEvents>;

/** One observer that tells all of `observers`, in order. */
export function combineEvents(observers: readonly LifecycleObserver[]): LifecycleEvents {
  const tell =
    <Name extends keyof LifecycleEvents>(name: Name) =>
    (...event: Parameters<LifecycleEvents[Name]>): void => {
      for (const observer of observers)
        (observer[name] as ((...args: unknown[]) => void) | undefined)?.(...event);
    };
  return {
    pointerMoved: tell('pointerMoved'),
    pointerAbsent: tell('pointerAbsent'),
    pointerFailed: tell('pointerFailed'),
    loadStarted: tell('loadStarted'),
    loadFinished: tell('loadFinished'),
    loadFailed: tell('loadFailed'),
    storeChanged: tell('storeChanged'),
    swapped: tell('swapped'),
    unloaded: tell('unloaded'),
    closed: tell('closed'),
    routeTaken: tell('routeTaken'),
    defaultModelChosen: tell('defaultModelChosen'),
    nothingMatches: tell('nothingMatches'),
    registryAnswered: tell('registryAnswered'),
    registryFailed: tell('registryFailed'),
    notes: tell('notes'),
    stateUnwritten: tell('stateUnwritten'),
    standingTold: tell('standingTold'),
    standingUntold: tell('standingUntold'),
    batchRan: tell('batchRan'),
  };
}
