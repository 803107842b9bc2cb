import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ModelStatus } from '../../src/lifecycle/model-status.ts';
import type { Readiness } from '../../src/lifecycle/readiness.ts';
import { GroupPublisher } from '../../src/processes/group-publisher.ts';
import type { GroupState } from '../../src/processes/messages.ts';

function setUp() {
  const models: { list: readonly string[]; readiness: Readiness } = {
    list: ['iris 1', 'wine 1'],
    readiness: { ready: false, reason: 'loading' },
  };
  const told: GroupState[] = [];
  const publisher = new GroupPublisher({
    models: () => ({
      statuses: () =>
        models.list.map((text) => {
          const [name, version] = text.split(' ');
          return { name, current: { version } } as ModelStatus;
        }),
      defaultRoute: null,
      readiness: () => models.readiness,
    }),
    tell: (state) => told.push(state),
  });
  const names = () => told.map(({ statuses }) => statuses.map(({ name }) => name));
  return { models, told, publisher, names };
}

describe('GroupPublisher', () => {
  it('tells only what has changed', () => {
    const { models, told, publisher, names } = setUp();
    publisher.publish();
    publisher.publish();
    models.list = ['iris 2', 'wine 1'];
    publisher.publish();
    models.readiness = { ready: true };
    publisher.publish();
    models.list = ['iris 2'];
    publisher.publish();
    expect(names()).toEqual([['iris', 'wine'], ['iris'], [], []]);
    expect(told.at(-1)).toMatchObject({ routes: ['iris'], readiness: { ready: true } });
    expect(publisher.fullState().statuses).toHaveLength(1);
  });

  it('tells a burst of changes once', async () => {
    const { publisher, told } = setUp();
    for (let i = 0; i < 5; i++) publisher.touch();
    expect(told).toEqual([]);
    await turn();
    expect(told).toHaveLength(1);
  });
});
