import { beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';
import { combineEvents, type LifecycleObserver } from '../../src/observability/combine-events.ts';
import { logLifecycle } from '../../src/observability/lifecycle-log.ts';
import { MemoryLog } from '../fakes/memory-log.ts';

const VERSION: ModelVersion = {
  registry: 'dir:/models',
  workspace: null,
  name: 'iris',
  version: '2',
  modelCreatedAt: 0,
  runId: null,
  source: 'file:///models/iris/2',
  tags: {},
};

describe('logLifecycle', () => {
  let log: MemoryLog;
  let clock: number;
  let events: Required<LifecycleObserver>;

  beforeEach(() => {
    log = new MemoryLog();
    clock = 0;
    events = logLifecycle(log, () => clock) as Required<LifecycleObserver>;
  });

  it('audits where pointers move and that they go', () => {
    events.pointerMoved('flowers', 'models:/iris/Production', null, VERSION);
    events.pointerAbsent('flowers', 'models:/iris/Production', 'the stage is empty', true);
    expect(log.lines.map(({ level, event }) => [level, event])).toEqual([
      ['audit', 'pointer-moved'],
      ['audit', 'pointer-gone'],
    ]);
    expect(log.lines[0]?.fields).toMatchObject({ model: 'flowers', from: null, to: '2' });
  });

  it('warns of a pointer that cannot be followed, unless that is the outage of all', () => {
    const refused = new GatewayError('REGISTRY_FORBIDDEN', 'status 401');
    events.pointerFailed('iris', 'models:/iris/Production', refused);
    events.registryFailed(refused, 5_000);
    events.pointerFailed('iris', 'models:/iris/Production', refused);
    expect(log.lines.map(({ level, event }) => [level, event])).toEqual([
      ['warn', 'pointer-failed'],
      ['error', 'registry-failed'],
    ]);
  });

  it('says each note once, and when it does not hold any more', () => {
    events.notes('iris', ['a']);
    events.notes('wine', ['a']);
    events.notes('iris', ['a', 'b']);
    events.notes('iris', ['b']);
    events.notes('iris', []);
    expect(log.lines.map(({ level, message, fields }) => [level, fields?.model, message])).toEqual([
      ['warn', 'iris', 'a'],
      ['warn', 'wine', 'a'],
      ['warn', 'iris', 'b'],
      ['info', 'iris', 'no longer so: a'],
      ['info', 'iris', 'no longer so: b'],
    ]);
  });

  it('says an outage once, a new reason again, and its end', () => {
    const down = new GatewayError('REGISTRY_UNAVAILABLE', 'connection refused');
    events.registryFailed(down, 5_000.4);
    events.registryFailed(down, 4_900);
    events.registryFailed(new GatewayError('REGISTRY_FORBIDDEN', 'status 403'), 5_000);
    events.registryAnswered([]);
    events.registryAnswered([]);
    expect(log.lines.map(({ event, message }) => `${event}: ${message}`)).toEqual([
      'registry-failed: connection refused; what serves goes on',
      'registry-failed: status 403; what serves goes on',
      'registry-recovered: the registry answers again, after 0.0 s',
    ]);
  });

  it('says little of an outage of an hour, whatever words it comes in', () => {
    for (let poll = 0; poll < 720; poll += 1, clock += 5_000) {
      const down = new GatewayError(
        'REGISTRY_UNAVAILABLE',
        `answered 500: request ${poll % 3 === 0 ? poll : ''}`,
      );
      events.registryFailed(down, 5_000);
      events.pointerFailed('iris', 'models:/iris/Production', down);
    }
    events.registryAnswered([]);
    const lines = log.lines.map(({ event }) => event);
    expect(lines.filter((event) => event === 'registry-failed').length).toBeLessThanOrEqual(60);
    expect(lines.filter((event) => event !== 'registry-failed')).toEqual(['registry-recovered']);
    expect(log.lines.at(-2)?.message).toMatch(
      /\(\d+ more times since it was last said, and for \d+ s now\)$/,
    );
    expect(log.lines.at(-1)?.message).toBe('the registry answers again, after 3600 s');
  });

  it('says that a version cannot serve once, and then every ten minutes, for each reason and version', () => {
    const down = new GatewayError('ARTIFACT_UNAVAILABLE', 'the store is down');
    const said = () => log.lines.filter(({ level }) => level !== 'debug').map(({ event }) => event);
    for (; clock < 3_600_000; clock += 60_000) {
      events.loadStarted('iris', VERSION);
      events.loadFailed('iris', VERSION, down, clock + 60_000);
    }
    expect(said()).toEqual(['load-started', ...Array.from({ length: 6 }, () => 'load-failed')]);
    expect(log.lines).toHaveLength(120);
    events.loadFailed('iris', VERSION, new GatewayError('INVALID_MODEL', 'no graph'), null);
    events.loadStarted('iris', { ...VERSION, version: '3' });
    events.loadFailed('iris', { ...VERSION, version: '3' }, down, clock);
    expect(said().slice(7)).toEqual(['load-failed', 'load-started', 'load-failed']);
  });

  it('says once that the account may not set tags, and warns of what is given up', () => {
    const forbidden = new GatewayError('REGISTRY_FORBIDDEN', 'no EDIT');
    const down = new GatewayError('REGISTRY_UNAVAILABLE', 'status 500');
    events.standingUntold(VERSION, forbidden, null);
    events.standingUntold(VERSION, forbidden, null);
    events.standingUntold(VERSION, down, 1_000);
    events.standingUntold(VERSION, down, null);
    events.standingUntold(VERSION, new GatewayError('SHUTTING_DOWN', 'stopping'), null);
    expect(log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message)).toEqual([
      'no EDIT; this is said once, and what serves is not affected',
      'status 500',
    ]);
  });

  it('tells what it wrote into the registry', () => {
    const standing = { status: 'live', reason: 'serves', digest: null, servedAt: null } as const;
    events.standingTold(VERSION, standing, 'written');
    events.standingTold(VERSION, standing, 'unchanged');
    expect(log.lines.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'info: the tags of version 2 of "iris" say "live" now',
      'debug: no tag of version 2 of "iris" was set: unchanged',
    ]);
  });

  it('says why a version does not serve, and when it is tried again', () => {
    const cause = new Error('No Op registered');
    events.loadFailed('iris', VERSION, new GatewayError('INVALID_MODEL', 'bad graph', { cause }), 1_000);
    expect(log.lines).toEqual([
      {
        level: 'error',
        event: 'load-failed',
        message: 'version 2 cannot serve: bad graph',
        fields: {
          model: 'iris',
          registeredName: 'iris',
          version: '2',
          runId: null,
          code: 'INVALID_MODEL',
          nextRetryAt: '1970-01-01T00:00:01.000Z',
          cause: 'No Op registered',
        },
      },
    ]);
  });
});

describe('combineEvents', () => {
  it('tells every observer, in order, what it has a method for', () => {
    const told: string[] = [];
    const events = combineEvents([
      { defaultModelChosen: (route) => told.push(`first ${route}`) },
      {},
      {
        defaultModelChosen: (route) => told.push(`second ${route}`),
        registryAnswered: () => told.push('answered'),
      },
    ]);
    events.defaultModelChosen('iris');
    events.registryAnswered([]);
    expect(told).toEqual(['first iris', 'second iris', 'answered']);
  });
});
