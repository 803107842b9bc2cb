import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { Catalog, type DefaultModelRule } from '../../src/lifecycle/catalog.ts';
import { KeptFiles } from '../../src/lifecycle/kept-files.ts';
import type { FollowedModel } from '../../src/lifecycle/model-policy.ts';
import { SlotController } from '../../src/lifecycle/slot-controller.ts';
import { StateFile } from '../../src/lifecycle/state-file.ts';
import { parseModelUri } from '../../src/model/model-uri.ts';
import type { PointerState, Resolution } from '../../src/registry/model-registry.ts';
import { temporaryDirectory } from '../artifacts/cache-fixture.ts';
import { recordEvents } from '../fakes/recorded-events.ts';
import { servableOf } from './servables.ts';
import { versionOf } from './versions.ts';

const PRODUCTION = 'models:/*/Production';
const STAGING = 'models:/*/Staging';
const follow = (uri: string, route: string | null = null): FollowedModel => ({
  uri: parseModelUri(uri),
  route,
  batching: true,
  signature: 'compatible',
  placement: 'auto',
  crossCheck: null,
  invocations: null,
  precision: 'double',
});

interface SetUp {
  readonly models: readonly FollowedModel[];
  readonly defaultModel?: DefaultModelRule;
  readonly whenUnassigned?: 'keep' | 'unload';
}

/** Catalogs as successive processes make them, over one state file. Loads succeed at once. */
async function setUp({ models, defaultModel = { kind: 'none' }, whenUnassigned = 'keep' }: SetUp) {
  const directory = await temporaryDirectory();
  const recorded = recordEvents();
  const start = async () => {
    const state = await StateFile.open(directory, 'http://registry');
    const catalog = new Catalog({
      models,
      defaultModel,
      createController: (route, uri, policy) =>
        new SlotController({
          route,
          uri,
          policy,
          load: async ({ version }) => servableOf(version).servable,
          readPointer: async ({ name }) => ({ outcome: 'absent', name, reason: 'gone' }),
          state,
          files: new KeptFiles({ hold: () => {}, release: () => {} }),
          events: recorded.events,
          whenUnassigned,
          pollIntervalMs: 1_000,
          now: Date.now,
          random: () => 0.5,
        }),
      remembered: state.routes().map(({ name, state: { uri } }) => ({ route: name, uri })),
      events: recorded.events,
    });
    onTestFinished(() => {
      catalog.halt();
      return state.flush();
    });
    for (const controller of catalog.controllers) controller.start();
    /** One answer for each of `models`: name → version, or a whole state. */
    const observe = async (...answers: readonly Readonly<Record<string, number | PointerState>>[]) => {
      catalog.observe(models.map((model, index) => resolutionOf(model, answers[index] ?? {})));
      await turn();
    };
    const serves = () =>
      Object.fromEntries(
        catalog.controllers.map(({ route, slot }) => [route, slot.current?.version.version ?? null]),
      );
    return { catalog, state, observe, serves };
  };
  return { ...(await start()), start, recorded };
}

function resolutionOf(
  model: FollowedModel,
  answer: Readonly<Record<string, number | PointerState>>,
): Resolution {
  const states = Object.entries(answer).map(
    ([name, state]): PointerState =>
      typeof state === 'number'
        ? { outcome: 'found', name, version: versionOf(state, { name }), notes: [] }
        : state,
  );
  const { uri } = model;
  const absent = { outcome: 'absent', name: uri.name, reason: 'nothing' } as const;
  if (uri.name !== '*') return { uri, states: [states[0] ?? absent], available: [] };
  return { uri, states, available: states.length === 0 ? ['Staging', '@champion'] : [] };
}

const forbidden = (name: string): PointerState => ({
  outcome: 'failed',
  name,
  error: new GatewayError('REGISTRY_FORBIDDEN', '403'),
});
const outage = new GatewayError('REGISTRY_UNAVAILABLE', 'down');

describe('Catalog, routes', () => {
  it('has explicit pointers from the start, under their route or their registered name', async () => {
    const { catalog, observe, serves } = await setUp({
      models: [follow('models:/iris/Production'), follow('models:/iris@champion', 'best')],
    });
    expect(serves()).toEqual({ iris: null, best: null });
    await observe({ iris: 1 }, { iris: 2 });
    expect(serves()).toEqual({ iris: '1', best: '2' });
    expect(catalog.controllers.every((controller) => catalog.isExplicit(controller))).toBe(true);
    expect(catalog.hasWildcard).toBe(false);
  });

  it('adds a route for each match of a wildcard, also for models that join later', async () => {
    const { catalog, observe, serves } = await setUp({ models: [follow(PRODUCTION)] });
    await observe({ iris: 1 });
    await observe({ iris: 1, wine: 4 });
    expect(serves()).toEqual({ iris: '1', wine: '4' });
    expect(catalog.controllers.map(({ uriText }) => uriText)).toEqual([
      'models:/iris/Production',
      'models:/wine/Production',
    ]);
    expect(catalog.isExplicit(catalog.find('wine'))).toBe(false);
    expect(catalog.hasWildcard).toBe(true);
  });

  it('lets an explicit pointer beat a wildcard, and says so once', async () => {
    const { observe, serves, recorded } = await setUp({
      models: [follow(PRODUCTION), follow('models:/iris/Staging')],
    });
    for (let poll = 0; poll < 3; poll++) await observe({ iris: 1, wine: 4 }, { iris: 2 });
    expect(serves()).toEqual({ iris: '2', wine: '4' });
    expect(recorded.of('routeTaken')).toEqual([[PRODUCTION, 'models:/iris/Staging']]);
  });

  it('compares each match with its second pointer, and makes no route of those', async () => {
    const models = [
      { ...follow(PRODUCTION), crossCheck: { pointer: { kind: 'alias', alias: 'a' }, policy: 'warn' } },
      follow('models:/explicit/Production'),
    ] as const;
    const { catalog, recorded } = await setUp({ models });
    const second = follow('models:/*@a');
    catalog.observe([
      resolutionOf(models[0], { iris: 1, wine: 4 }),
      resolutionOf(models[1], { explicit: 1 }),
      resolutionOf(second, { iris: 1, lonely: 1 }),
    ]);
    await turn();
    expect(catalog.controllers.map(({ route }) => route)).toEqual(['explicit', 'iris', 'wine']);
    expect(catalog.find('iris').pointer.crossCheck?.disagreement).toBeNull();
    expect(recorded.of('notes')).toEqual([[[expect.stringContaining('models:/wine@a names no version')]]]);
  });

  it('lets an earlier wildcard beat a later one', async () => {
    const { observe, serves, recorded } = await setUp({ models: [follow(PRODUCTION), follow(STAGING)] });
    await observe({ iris: 1 }, { iris: 2, wine: 4 });
    expect(serves()).toEqual({ iris: '1', wine: '4' });
    expect(recorded.of('routeTaken')).toEqual([[STAGING, PRODUCTION]]);
  });

  it('lets it beat a later one also where its pointer is set later, without a gap', async () => {
    const { catalog, observe, serves, recorded } = await setUp({
      models: [follow(PRODUCTION), follow(STAGING)],
    });
    await observe({}, { iris: 2 });
    const before = catalog.find('iris').slot.current;
    catalog.observe([
      resolutionOf(follow(PRODUCTION), { iris: 1 }),
      resolutionOf(follow(STAGING), { iris: 2 }),
    ]);
    expect(catalog.find('iris').slot.current).toBe(before);
    await turn();
    expect(serves()).toEqual({ iris: '1' });
    expect(catalog.find('iris').uriText).toBe('models:/iris/Production');
    await observe({ iris: 1 }, { iris: 3 });
    expect(serves()).toEqual({ iris: '1' });
    expect(recorded.of('routeTaken')).toEqual([[STAGING, PRODUCTION]]);
  });

  it('does not let it take a route over with a pointer that cannot be used', async () => {
    const { observe, serves } = await setUp({ models: [follow(PRODUCTION), follow(STAGING)] });
    await observe({}, { iris: 2 });
    await observe({ iris: forbidden('iris') }, { iris: 3 });
    expect(serves()).toEqual({ iris: '3' });
  });

  it('has a route for a match that cannot be used, and shows why', async () => {
    const { catalog, observe } = await setUp({ models: [follow(PRODUCTION)] });
    await observe({ iris: forbidden('iris'), wine: 1 });
    expect(catalog.find('iris').lastError).toMatchObject({ code: 'REGISTRY_FORBIDDEN' });
    expect(catalog.find('iris').hasSettledOnce).toBe(true);
  });
});

describe('Catalog, a name that nobody serves', () => {
  it('is answered with those that there are and the one that was probably meant', async () => {
    const { catalog, observe } = await setUp({ models: [follow(PRODUCTION)] });
    await observe({ iris: 1, wine: 4 });
    expect(() => catalog.find('iriss')).toThrow('"iriss"; there are "iris", "wine"; did you mean "iris"?');
    expect(() => catalog.find('fraud')).toThrow(/"fraud"; there are "iris", "wine"$/);
    expect(() => catalog.find('a\u202eb')).toThrow('under the name "a\\u202eb"');
  });
});

describe('Catalog, models that go away', () => {
  const lose = async ({ observe }: { observe: (answer: Record<string, number>) => Promise<void> }) => {
    await observe({ iris: 1, wine: 4 });
    for (let poll = 0; poll < 4; poll++) await observe({ wine: 4 });
  };

  it('keeps serving them under keep', async () => {
    const set = await setUp({ models: [follow(PRODUCTION)] });
    await lose(set);
    expect(set.serves()).toEqual({ iris: '1', wine: '4' });
  });

  it('drops them under unload, and takes them up anew when they come back', async () => {
    const set = await setUp({ models: [follow(PRODUCTION)], whenUnassigned: 'unload' });
    await lose(set);
    expect(set.serves()).toEqual({ wine: '4' });
    expect(() => set.catalog.find('iris')).toThrow('no model is served under the name "iris"');
    await set.observe({ iris: 2, wine: 4 });
    expect(set.serves()).toEqual({ wine: '4', iris: '2' });
    await set.catalog.stop();
    const { serves } = await set.start();
    await turn();
    expect(serves(), 'what left has not written over what came back').toEqual({ wine: '4', iris: '2' });
  });

  it('keeps an explicit route under unload, without a version', async () => {
    const set = await setUp({ models: [follow('models:/iris/Production')], whenUnassigned: 'unload' });
    await set.observe({ iris: 1 });
    for (let poll = 0; poll < 5; poll++) await set.observe({});
    expect(set.serves()).toEqual({ iris: null });
  });

  it('waits for what it has dropped when it stops', async () => {
    const set = await setUp({ models: [follow(PRODUCTION)], whenUnassigned: 'unload' });
    await set.observe({ iris: 1, wine: 4 });
    const lease = set.catalog.find('iris').slot.lease()!;
    for (let poll = 0; poll < 4; poll++) await set.observe({ wine: 4 });
    expect(set.serves()).toEqual({ wine: '4' });
    let isStopped = false;
    const stopped = set.catalog.stop().then(() => {
      isStopped = true;
    });
    await set.state.flush();
    await turn();
    await turn();
    expect(isStopped).toBe(false);
    lease[Symbol.dispose]();
    await stopped;
  });

  it.each(['keep', 'unload'] as const)(
    'takes an empty answer where models were for no instruction (%s)',
    async (whenUnassigned) => {
      const set = await setUp({ models: [follow(PRODUCTION)], whenUnassigned });
      await set.observe({ iris: 1, wine: 4 });
      for (let poll = 0; poll < 6; poll++) await set.observe({});
      expect(set.serves()).toEqual({ iris: '1', wine: '4' });
      expect(set.catalog.find('iris').lastError).toMatchObject({
        code: 'REGISTRY_UNAVAILABLE',
        message: expect.stringContaining('nothing that matches models:/*/Production any more'),
      });
      expect(set.recorded.of('nothingMatches')).toEqual([[['Staging', '@champion']]]);
      await set.observe({ iris: 1, wine: 4 });
      expect(set.catalog.find('iris').lastError).toBeNull();
      await set.observe({});
      expect(set.recorded.of('nothingMatches')).toHaveLength(2);
    },
  );

  it('takes an outage for no instruction: it interrupts the polls in a row', async () => {
    const set = await setUp({ models: [follow(PRODUCTION)], whenUnassigned: 'unload' });
    await set.observe({ iris: 1, wine: 4 });
    for (let poll = 0; poll < 6; poll++) {
      await set.observe({ wine: 4 });
      if (poll % 2 === 1) set.catalog.observeOutage(outage);
    }
    expect(set.serves()).toEqual({ iris: '1', wine: '4' });
    expect(set.catalog.find('iris').lastError).toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });
});

describe('Catalog, after a restart', () => {
  it('brings the routes of a wildcard back before, and without, an answer', async () => {
    const set = await setUp({ models: [follow(PRODUCTION)] });
    await set.observe({ iris: 1, wine: 4 });
    await set.catalog.stop();
    const { catalog, serves } = await set.start();
    await turn();
    catalog.observeOutage(outage);
    expect(serves()).toEqual({ iris: '1', wine: '4' });
  });

  it('brings back only what is still followed', async () => {
    const first = await setUp({ models: [follow(PRODUCTION), follow(STAGING), follow('models:/digits/1')] });
    await first.observe({ iris: 1 }, { wine: 4 }, { digits: 1 });
    await first.catalog.stop();
    const state = first.catalog.controllers.map(({ route, uriText }) => ({ route, uri: uriText }));
    const { catalog } = await setUp({ models: [follow(STAGING)] });
    const restarted = new Catalog({
      models: [follow(STAGING)],
      defaultModel: { kind: 'none' },
      createController: (route) => ({ route, uriText: '' }) as SlotController,
      remembered: state,
      events: recordEvents().events,
    });
    expect(catalog.controllers).toEqual([]);
    expect(restarted.controllers.map(({ route }) => route)).toEqual(['wine']);
  });

  it('lets an earlier wildcard take over what a later one served in an earlier life', async () => {
    const set = await setUp({ models: [follow(PRODUCTION), follow(STAGING)] });
    await set.observe({}, { iris: 2 });
    await set.catalog.stop();
    const { observe, serves } = await set.start();
    await observe({ iris: 1 }, { iris: 2 });
    expect(serves()).toEqual({ iris: '1' });
  });
});

describe('Catalog, the default model', () => {
  const only = { kind: 'only-match-at-start' } as const;

  it('is the named one', async () => {
    const { catalog } = await setUp({
      models: [follow('models:/iris/Production'), follow('models:/wine/Production')],
      defaultModel: { kind: 'named', route: 'wine' },
    });
    expect(catalog.find(null).route).toBe('wine');
  });

  it('is the only match at the start, for good', async () => {
    const { catalog, observe, recorded } = await setUp({ models: [follow(PRODUCTION)], defaultModel: only });
    expect(catalog.defaultRoute).toBeNull();
    await observe({ iris: 1 });
    await observe({ iris: 1, wine: 4 });
    expect(catalog.find(null).route).toBe('iris');
    expect(recorded.of('defaultModelChosen')).toEqual([[]]);
  });

  it.each([
    ['several match', { iris: 1, wine: 4 }],
    ['none matches', {}],
  ])('is none where %s at the start, whatever comes later', async (_what, answer) => {
    const { catalog, observe } = await setUp({ models: [follow(PRODUCTION)], defaultModel: only });
    await observe(answer);
    await observe({ iris: 1 });
    expect(catalog.defaultRoute).toBeNull();
    expect(() => catalog.find(null)).toThrow(expect.objectContaining({ code: 'MODEL_AMBIGUOUS' }));
  });

  it('counts a model once that two wildcards match', async () => {
    const { catalog, observe } = await setUp({
      models: [follow(PRODUCTION), follow(STAGING)],
      defaultModel: only,
    });
    await observe({ iris: 1 }, { iris: 2 });
    expect(catalog.defaultRoute).toBe('iris');
  });

  it('is the only one that served before, where the registry cannot be read at the start', async () => {
    const set = await setUp({ models: [follow(PRODUCTION)], defaultModel: only });
    await set.observe({ iris: 1 });
    await set.catalog.stop();
    const { catalog, observe } = await set.start();
    catalog.observeOutage(outage);
    expect(catalog.defaultRoute).toBe('iris');
    await observe({ iris: 1, wine: 4 });
    expect(catalog.defaultRoute).toBe('iris');
  });

  it('waits for the first answer where the registry cannot be read and nothing served before', async () => {
    const { catalog, observe } = await setUp({ models: [follow(PRODUCTION)], defaultModel: only });
    catalog.observeOutage(outage);
    await observe({ iris: 1 });
    expect(catalog.defaultRoute).toBe('iris');
  });
});

describe('Catalog, what it says', () => {
  it('names the models there are where a name is unknown or missing, control characters escaped', async () => {
    const { catalog, observe } = await setUp({ models: [follow(PRODUCTION)] });
    expect(() => catalog.find('x')).toThrow('none is known yet');
    await observe({ iris: 1, wine: 4 });
    expect(() => catalog.find('iri\u0007s')).toThrow('"iri\\u0007s"; there are "iris", "wine"');
    expect(() => catalog.find('x'.repeat(100))).toThrow(`"${'x'.repeat(63)}…"`);
    expect(() => catalog.find(null)).toThrow('name one: POST /models/{model}/predict with "iris", "wine"');
  });

  it('names at most ten models', async () => {
    const { catalog, observe } = await setUp({ models: [follow(PRODUCTION)] });
    await observe(Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`m${index}`, 1])));
    expect(() => catalog.find('x')).toThrow('"m9" and 2 more');
  });

  it('names the stages and aliases there are where nothing matches', async () => {
    const { catalog, observe } = await setUp({ models: [follow(PRODUCTION)] });
    await observe({});
    expect(catalog.whyEmpty).toBe(
      'nothing in the registry matches models:/*/Production: there are Staging, @champion',
    );
    catalog.observe([{ uri: parseModelUri(PRODUCTION), states: [], available: [] }]);
    expect(catalog.whyEmpty).toContain('the registry has no model with a version');
    await observe({ iris: 1 });
    expect(catalog.whyEmpty).toBe('see GET /models for what is wrong with each');
  });
});
