import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  ALLOW_BREAKING_TAG,
  type LoadFailure,
  nextAction,
  type SlotView,
} from '../../src/lifecycle/next-action.ts';
import { isSameVersion, type ModelVersion } from '../../src/model/model-version.ts';
import { versionOf } from './versions.ts';

const NOW = 1_000;
const [v1, v2, v3] = [versionOf(1), versionOf(2), versionOf(3)];
const NOTHING: SlotView = {
  desired: null,
  held: null,
  isWithdrawn: false,
  current: null,
  previous: null,
  loading: null,
  failures: [],
  lastGood: null,
};
const none: Action = { kind: 'none' };
const unload: Action = { kind: 'unload' };
const abandon: Action = { kind: 'abandon-load' };
const restore: Action = { kind: 'restore-previous' };
const load = (version: ModelVersion): Action => ({ kind: 'load', version });
const retryAt = (at: number): Action => ({ kind: 'retry-at', at });
/** @param at when it may be tried again; `null`: never. */
const failure = (version: ModelVersion, at: number | null): LoadFailure => ({
  version,
  code: 'ARTIFACT_UNAVAILABLE',
  message: '',
  at: new Date(0),
  retryAt: at,
  notBefore: 0,
});
const warm = (version: ModelVersion) => ({ version, isWarm: true });
const cold = (version: ModelVersion) => ({ version, isWarm: false });
const breaking = (version: ModelVersion) => ({ ...version, tags: { [ALLOW_BREAKING_TAG]: 'true' } });
const otherFiles = (version: ModelVersion) => ({ ...version, source: `${version.source}#2` });

type Case = readonly [name: string, view: Partial<SlotView>, expected: Action];

const following: readonly Case[] = [
  ['does nothing while nothing is known', {}, none],
  ['loads what the pointer names', { desired: v1 }, load(v1)],
  ['does nothing while the wanted version loads', { desired: v1, loading: v1 }, none],
  ['does nothing once the wanted version serves', { desired: v1, current: v1 }, none],
  ['loads what the pointer moved to', { desired: v2, current: v1 }, load(v2)],
  ['keeps what serves while nothing is wanted', { current: v1, previous: warm(v2) }, none],
  [
    'loads the same version again when its files have changed',
    { desired: otherFiles(v1), current: v1 },
    load(otherFiles(v1)),
  ],
  [
    'loads a model made again under its name',
    { desired: { ...v1, modelCreatedAt: 2 }, current: v1 },
    load({ ...v1, modelCreatedAt: 2 }),
  ],
  ['takes other tags for the same version', { desired: breaking(v1), current: v1 }, none],
];

const loading: readonly Case[] = [
  ['gives up a load when the pointer has moved on', { desired: v3, current: v1, loading: v2 }, abandon],
  [
    'gives up a load when the pointer is back at what serves',
    { desired: v1, current: v1, loading: v2 },
    abandon,
  ],
  ['gives up a load when the pointer names nothing any more', { current: v1, loading: v2 }, abandon],
  ['gives up a load of older files', { desired: otherFiles(v2), current: v1, loading: v2 }, abandon],
  [
    'goes on with a load whose version got other tags',
    { desired: breaking(v2), current: v1, loading: v2 },
    none,
  ],
  [
    'gives up a load when an operator holds something else',
    { desired: v2, held: v1, current: v1, loading: v2 },
    abandon,
  ],
  [
    'goes on with the load of what an operator holds',
    { desired: v2, held: v3, current: v1, loading: v3 },
    none,
  ],
  [
    'goes on with the load of what served last while nothing serves',
    { desired: v2, lastGood: v1, loading: v1 },
    none,
  ],
  [
    'gives up the load of what served last once something serves',
    { desired: v2, current: v3, lastGood: v1, loading: v1 },
    abandon,
  ],
  ['gives up a load when the pointer is withdrawn', { isWithdrawn: true, loading: v1 }, abandon],
];

const goingBack: readonly Case[] = [
  ['restores the warm previous version at once', { desired: v1, current: v2, previous: warm(v1) }, restore],
  ['restores it for an operator, too', { desired: v2, held: v1, current: v2, previous: warm(v1) }, restore],
  [
    'restores it although it has failed before',
    { desired: v1, current: v2, previous: warm(v1), failures: [failure(v1, null)] },
    restore,
  ],
  ['loads the previous version where it is cold', { desired: v1, current: v2, previous: cold(v1) }, load(v1)],
  [
    'loads the previous version where its files have changed',
    { desired: otherFiles(v1), current: v2, previous: warm(v1) },
    load(otherFiles(v1)),
  ],
];

const holding: readonly Case[] = [
  ['loads what is held and not what the pointer names', { desired: v2, held: v3, current: v1 }, load(v3)],
  ['does nothing once what is held serves', { desired: v2, held: v1, current: v1 }, none],
  [
    'keeps what is held although the pointer is withdrawn',
    { held: v1, isWithdrawn: true, current: v1 },
    none,
  ],
  ['loads what is held although the pointer is withdrawn', { held: v1, isWithdrawn: true }, load(v1)],
  [
    'does not fall back to the pointer when what is held fails',
    { desired: v2, held: v3, current: v1, failures: [failure(v3, null)] },
    none,
  ],
];

const withdrawn: readonly Case[] = [
  ['unloads when the pointer is withdrawn', { isWithdrawn: true, current: v1 }, unload],
  ['unloads before it gives up a load', { isWithdrawn: true, current: v1, loading: v2 }, unload],
  [
    'does not bring back what served last when the pointer is withdrawn',
    { isWithdrawn: true, lastGood: v1 },
    none,
  ],
];

const failing: readonly Case[] = [
  [
    'keeps what serves when the wanted version has failed for good',
    { desired: v2, current: v1, failures: [failure(v2, null)] },
    none,
  ],
  [
    'waits until the wanted version may be tried again',
    { desired: v2, current: v1, failures: [failure(v2, NOW + 1)] },
    retryAt(NOW + 1),
  ],
  [
    'tries again when the time has come',
    { desired: v2, current: v1, failures: [failure(v2, NOW)] },
    load(v2),
  ],
  [
    'does not mind the failure of another version',
    { desired: v2, current: v1, failures: [failure(v3, null)] },
    load(v2),
  ],
  [
    'tries other files of a failed version',
    { desired: otherFiles(v2), current: v1, failures: [failure(v2, null)] },
    load(otherFiles(v2)),
  ],
  [
    'tries a failed version again when it is allowed to break',
    { desired: breaking(v2), current: v1, failures: [failure(v2, null)] },
    load(breaking(v2)),
  ],
  [
    'does not try it a third time',
    { desired: breaking(v2), current: v1, failures: [failure(breaking(v2), null)] },
    none,
  ],
  [
    'does not wait for a failure once its version serves',
    { desired: v2, current: v2, failures: [failure(v2, NOW + 1)] },
    none,
  ],
];

const starting: readonly Case[] = [
  ['brings back what served last before the registry has said anything', { lastGood: v1 }, load(v1)],
  ['brings back what served last before what is wanted', { desired: v2, lastGood: v1 }, load(v1)],
  ['brings back what served last before what is held', { desired: v2, held: v3, lastGood: v1 }, load(v1)],
  ['goes on to what is wanted once that serves', { desired: v2, current: v1, lastGood: v1 }, load(v2)],
  [
    'goes on to what is wanted when what served last cannot be brought back',
    { desired: v2, lastGood: v1, failures: [failure(v1, null)] },
    load(v2),
  ],
  [
    'goes on to what is wanted while what served last waits for a retry',
    { desired: v2, lastGood: v1, failures: [failure(v1, NOW + 5)] },
    load(v2),
  ],
  [
    'tries again whichever may be tried first',
    { desired: v2, lastGood: v1, failures: [failure(v1, NOW + 5), failure(v2, NOW + 3)] },
    retryAt(NOW + 3),
  ],
  [
    'tries what served last again when its time has come',
    { desired: v2, lastGood: v1, failures: [failure(v1, NOW), failure(v2, null)] },
    load(v1),
  ],
  [
    'does not bring back what served last once something serves',
    { desired: v2, current: v2, lastGood: v1 },
    none,
  ],
];

describe('nextAction', () => {
  const decides = (cases: readonly Case[]) =>
    it.each(cases)('%s', (_name, view, expected) => {
      expect(nextAction({ ...NOTHING, ...view }, NOW)).toEqual(expected);
    });

  describe('following a pointer', () => void decides(following));
  describe('with a load under way', () => void decides(loading));
  describe('on the way back', () => void decides(goingBack));
  describe('with a hold', () => void decides(holding));
  describe('with a withdrawn pointer', () => void decides(withdrawn));
  describe('after failures', () => void decides(failing));
  describe('at the start', () => void decides(starting));
});

const version = fc.constantFrom(v1, v2, v3, otherFiles(v1), breaking(v1), breaking(v2));
const maybe = fc.option(version, { nil: null });
const views: fc.Arbitrary<SlotView> = fc.record({
  desired: maybe,
  held: maybe,
  isWithdrawn: fc.boolean(),
  current: maybe,
  previous: fc.option(fc.record({ version, isWarm: fc.boolean() }), { nil: null }),
  loading: maybe,
  failures: fc.array(
    fc
      .tuple(version, fc.option(fc.integer({ min: 0, max: 2 * NOW }), { nil: null }))
      .map((pair) => failure(...pair)),
    { maxLength: 3 },
  ),
  lastGood: maybe,
});

describe('nextAction, whatever the state', () => {
  const always = (claim: (view: SlotView, action: Action) => void) =>
    fc.assert(
      fc.property(views, (view) => claim(view, nextAction(view, NOW))),
      { numRuns: 2_000 },
    );

  it('unloads only what is withdrawn and not held', () => {
    always((view, action) => {
      expect(action.kind === 'unload').toBe(view.isWithdrawn && view.held === null && view.current !== null);
    });
  });

  it('never loads what serves, nor while something loads', () => {
    always((view, action) => {
      if (action.kind !== 'load') return;
      expect(isSameVersion(action.version, view.current)).toBe(false);
      expect(view.loading).toBeNull();
    });
  });

  it('loads only what is held, wanted, or served last', () => {
    always((view, action) => {
      if (action.kind !== 'load') return;
      expect([view.held, view.desired, view.lastGood]).toContain(action.version);
    });
  });

  it('restores only a warm previous version that is wanted', () => {
    always((view, action) => {
      if (action.kind !== 'restore-previous') return;
      expect(view.previous?.isWarm).toBe(true);
      expect(isSameVersion(view.previous?.version ?? null, view.held ?? view.desired)).toBe(true);
    });
  });

  it('waits only for the future', () => {
    always((_view, action) => {
      if (action.kind === 'retry-at') expect(action.at).toBeGreaterThan(NOW);
    });
  });

  it('decides the same again, and changes nothing', () => {
    always((view, action) => {
      const frozen = structuredClone(view);
      expect(nextAction(view, NOW)).toEqual(action);
      expect(view).toEqual(frozen);
    });
  });

  it('comes to rest: after each action there is one less to do', () => {
    fc.assert(
      fc.property(views, (start) => {
        let view = start;
        for (let step = 0; step < 6; step++) {
          const action = nextAction(view, NOW);
          if (action.kind === 'none' || action.kind === 'retry-at') return;
          view = perform(view, action);
        }
        expect.unreachable('it never came to rest');
      }),
      { numRuns: 2_000 },
    );
  });
});

/** What the slot is after an action that went well. */
function perform(view: SlotView, action: Action): SlotView {
  switch (action.kind) {
    case 'load':
      return {
        ...view,
        current: action.version,
        previous: view.current && warm(view.current),
        lastGood: action.version,
      };
    case 'restore-previous':
      return {
        ...view,
        current: view.previous!.version,
        previous: view.current && warm(view.current),
        lastGood: view.previous!.version,
      };
    case 'abandon-load':
      return { ...view, loading: null };
    case 'unload':
      return { ...view, current: null, previous: null, lastGood: null };
    default:
      return view;
  }
}
