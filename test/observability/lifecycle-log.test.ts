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
  let events: Required<LifecycleObserver>;

  beforeEach(() => {
    log = new MemoryLog();
    events = logLifecycle(log) as Required<LifecycleObserver>;
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

  it('says an outage once, a new reason again, and its end', () => {
    const down = new GatewayError('REGISTRY_UNAVAILABLE', 'connection refused');
    events.registryFailed(down, 5_000.4);
    events.registryFailed(down, 4_900);
    events.registryFailed(new GatewayError('REGISTRY_FORBIDDEN', 'status 403'), 5_000);
    events.registryAnswered();
    events.registryAnswered();
    expect(log.lines.map(({ event, message }) => `${event}: ${message}`)).toEqual([
      'registry-failed: connection refused; what serves goes on',
      'registry-failed: status 403; what serves goes on',
      'registry-recovered: the registry answers again',
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
    events.registryAnswered();
    expect(told).toEqual(['first iris', 'second iris', 'answered']);
  });
});
