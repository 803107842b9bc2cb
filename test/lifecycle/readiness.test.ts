import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/lifecycle/catalog.ts';
import { ReadinessGate } from '../../src/lifecycle/readiness.ts';
import type { SlotController } from '../../src/lifecycle/slot-controller.ts';

interface Slot {
  readonly route: string;
  readonly isExplicit: boolean;
  serves: boolean;
  hasFailed: boolean;
  error: string | null;
}

const slot = (route: string, changes: Partial<Slot> = {}): Slot => ({
  route,
  isExplicit: false,
  serves: false,
  hasFailed: false,
  error: null,
  ...changes,
});

/** Only what the gate looks at of a catalog; the real one is tested with the model service. */
function setUp(slots: Slot[], hasWildcard = slots.some(({ isExplicit }) => !isExplicit)) {
  const world = {
    slots,
    hasPolled: true,
    registryProblem: null as string | null,
    isEngineHealthy: true,
    whyEmpty: 'nothing in the registry matches',
  };
  const controllerOf = ({ route, serves, hasFailed, error }: Slot) =>
    ({
      route,
      slot: { current: serves ? {} : null },
      hasSettledOnce: serves || hasFailed,
      lastError: error === null ? null : { message: error },
    }) as unknown as SlotController;
  const catalog = {
    get controllers() {
      return world.slots.map(controllerOf);
    },
    get whyEmpty() {
      return world.whyEmpty;
    },
    hasWildcard,
    isExplicit: ({ route }: SlotController) =>
      world.slots.find((candidate) => candidate.route === route)!.isExplicit,
  } as unknown as Catalog;
  const gate = new ReadinessGate({
    catalog,
    hasPolled: () => world.hasPolled,
    registryProblem: () => world.registryProblem,
    isEngineHealthy: () => world.isEngineHealthy,
  });
  const reason = () => {
    const readiness = gate.check();
    return readiness.ready ? null : readiness.reason;
  };
  return { world, gate, reason };
}

describe('ReadinessGate, becoming ready', () => {
  it('waits for every explicitly named model, also for one that has failed', () => {
    const [iris, wine] = [slot('iris', { isExplicit: true }), slot('wine', { isExplicit: true })];
    const { reason } = setUp([iris, wine]);
    iris.serves = true;
    Object.assign(wine, { hasFailed: true, error: 'no graph' });
    expect(reason()).toBe('model "wine" does not serve yet: no graph');
    wine.serves = true;
    expect(reason()).toBeNull();
  });

  it('waits until every match of a wildcard serves or has failed once', () => {
    const [iris, wine] = [slot('iris', { serves: true }), slot('wine')];
    const { reason } = setUp([iris, wine]);
    expect(reason()).toBe('model "wine" does not serve yet');
    wine.hasFailed = true;
    expect(reason()).toBeNull();
  });

  it('needs at least one that serves', () => {
    const { reason } = setUp([slot('iris', { hasFailed: true })]);
    expect(reason()).toBe('no model serves; nothing in the registry matches');
  });

  it('is not ready with zero models, and says what there is', () => {
    expect(setUp([], true).reason()).toBe('no model serves; nothing in the registry matches');
  });

  it('says that the registry cannot be read where that is why nothing serves', () => {
    const { world, reason } = setUp([], true);
    world.registryProblem = 'http://registry does not answer';
    expect(reason()).toBe('no model serves; http://registry does not answer');
  });

  it('does not know what a wildcard matches before the first poll, whatever served before', () => {
    const { world, reason } = setUp([slot('iris', { serves: true })]);
    world.hasPolled = false;
    expect(reason()).toBe('the registry has not answered yet');
    world.hasPolled = true;
    expect(reason()).toBeNull();
  });

  it('needs no answer of the registry where every model is named explicitly', () => {
    const iris = slot('iris', { isExplicit: true });
    const { world, reason } = setUp([iris]);
    world.hasPolled = false;
    expect(reason()).toBe('model "iris" does not serve yet');
    iris.serves = true;
    expect(reason()).toBeNull();
  });
});

describe('ReadinessGate, once ready', () => {
  it('minds neither a model that joins later nor one that stops serving', () => {
    const [iris, wine] = [slot('iris', { isExplicit: true, serves: true }), slot('wine', { serves: true })];
    const { world, reason } = setUp([iris, wine]);
    expect(reason()).toBeNull();
    world.slots.push(slot('digits'));
    iris.serves = false;
    expect(reason()).toBeNull();
  });

  it('is unready while nothing is left to serve, and ready again after', () => {
    const iris = slot('iris', { serves: true });
    const { reason } = setUp([iris]);
    expect(reason()).toBeNull();
    iris.serves = false;
    expect(reason()).toBe('no model serves; nothing in the registry matches');
    iris.serves = true;
    expect(reason()).toBeNull();
  });

  it('is unready while the engine cannot recover', () => {
    const { world, reason } = setUp([slot('iris', { serves: true })]);
    expect(reason()).toBeNull();
    world.isEngineHealthy = false;
    expect(reason()).toBe('the engine cannot recover; restart the process');
  });

  it('is unready for good once the server stops', () => {
    const { gate, reason } = setUp([slot('iris', { serves: true })]);
    expect(reason()).toBeNull();
    gate.stop();
    expect(reason()).toBe('the server is shutting down');
  });
});
