import type { LifecycleEvents } from '../../src/lifecycle/lifecycle-events.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';

const NAMES: readonly (keyof LifecycleEvents)[] = [
  'pointerMoved',
  'pointerAbsent',
  'pointerFailed',
  'loadStarted',
  'loadFinished',
  'loadFailed',
  'storeChanged',
  'swapped',
  'unloaded',
  'closed',
  'routeTaken',
  'defaultModelChosen',
  'nothingMatches',
  'registryAnswered',
  'registryFailed',
  'notes',
  'stateUnwritten',
  'standingTold',
  'standingUntold',
  'batchRan',
];

/** What the lifecycle told, in order. */
export interface RecordedEvents {
  readonly events: LifecycleEvents;
  readonly all: { readonly name: keyof LifecycleEvents; readonly values: readonly unknown[] }[];
  /** The values of all events of one name, versions and servables as their version number, without the route. */
  of(name: keyof LifecycleEvents): readonly (readonly unknown[])[];
}

export function recordEvents(): RecordedEvents {
  const all: RecordedEvents['all'] = [];
  const record = (name: keyof LifecycleEvents) => [
    name,
    (...values: unknown[]) => void all.push({ name, values }),
  ];
  return {
    events: Object.fromEntries(NAMES.map(record)) as unknown as LifecycleEvents,
    all,
    of: (name) =>
      all.filter((event) => event.name === name).map((event) => event.values.slice(1).map(shorten)),
  };
}

function shorten(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('version' in value)) return value;
  const { version } = value as { readonly version: string | ModelVersion };
  return typeof version === 'string' ? version : version.version;
}
