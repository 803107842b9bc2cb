import { beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import type { LifecycleEvents } from '../../../src/lifecycle/lifecycle-events.ts';
import type { Statement } from '../../../src/lifecycle/standings/standing-ledger.ts';
import { tellStandings } from '../../../src/lifecycle/standings/tell-standings.ts';
import { servableOf } from '../servables.ts';
import { versionOf } from '../versions.ts';

const URI = 'models:/iris/Production';
const BREAKS = new GatewayError('SIGNATURE_INCOMPATIBLE', 'column "a" is gone');
const DOWN = new GatewayError('ARTIFACT_UNAVAILABLE', 'cannot reach https://me:pw@store/x?sig=abc now');

describe('tellStandings', () => {
  let told: Statement[];
  let events: LifecycleEvents;

  beforeEach(() => {
    told = [];
    events = tellStandings({
      tell: (statement) => told.push(statement),
      now: () => 1_000,
    }) as LifecycleEvents;
  });

  /** What was told since the last call: `version status: reason`. */
  const take = () =>
    told
      .splice(0)
      .map(({ version, standing }) => `${version.version} ${standing.status}: ${standing.reason}`);
  const swap = (
    route: string,
    from: number | null,
    to: number,
    outcome: 'swapped' | 'rolled-back' = 'swapped',
  ) => events.swapped(route, from === null ? null : versionOf(from), servableOf(to).servable, outcome);

  it('tells of the version that serves with digest and time', () => {
    swap('iris', null, 1);
    expect(told).toEqual([
      {
        version: versionOf(1),
        standing: {
          status: 'live',
          reason: 'serves as "iris"',
          digest: 'sha256:0',
          servedAt: new Date(1_000),
        },
      },
    ]);
  });

  it('tells of both versions of a swap, and of a way back', () => {
    swap('iris', null, 1);
    take();
    swap('iris', 1, 2);
    expect(take()).toEqual(['2 live: serves as "iris"', '1 previous: version 2 took its place as "iris"']);
    swap('iris', 2, 1, 'rolled-back');
    expect(take()).toEqual([
      '1 live: serves as "iris"',
      '2 previous: version 1 took its place as "iris", by a rollback',
    ]);
  });

  it('leaves what was said of a previous version when that is closed', () => {
    swap('iris', null, 1);
    swap('iris', 1, 2);
    take();
    events.closed('iris', versionOf(1), null);
    expect(take()).toEqual([]);
  });

  it('says nothing of a version that replaces itself', () => {
    swap('iris', null, 1);
    take();
    swap('iris', 1, 1);
    events.closed('iris', versionOf(1), null);
    expect(take()).toEqual([]);
  });

  it('tells what was rejected from what failed, why, and what comes next, once', () => {
    events.loadFailed('iris', versionOf(2), BREAKS, null);
    events.loadFailed('iris', versionOf(2), BREAKS, null);
    expect(take()).toEqual([
      '2 rejected: cannot serve as "iris": column "a" is gone (SIGNATURE_INCOMPATIBLE); it is not tried again until the pointer moves or an operator refreshes the model',
    ]);
    events.loadFailed('iris', versionOf(3), DOWN, 5_000);
    events.loadFailed('iris', versionOf(3), DOWN, 9_000);
    expect(take()).toEqual([
      '3 failed: cannot serve as "iris": cannot reach https://store/x now (ARTIFACT_UNAVAILABLE); it is tried again',
    ]);
  });

  it('tells of the same failure again when the pointer comes back to it', () => {
    events.loadFailed('iris', versionOf(2), BREAKS, null);
    events.pointerMoved('iris', URI, versionOf(2), versionOf(3));
    take();
    events.loadFailed('iris', versionOf(2), BREAKS, null);
    expect(take()).toHaveLength(1);
  });

  it('tells that a version is out of service', () => {
    swap('iris', null, 1);
    take();
    events.unloaded('iris', versionOf(1));
    events.unloaded('iris', null);
    expect(take()).toEqual(['1 previous: out of service as "iris": its pointer is gone']);
  });

  describe('with two routes on one model', () => {
    it('calls live what serves under one of them', () => {
      swap('a', null, 1);
      swap('b', null, 1);
      take();
      swap('a', 1, 2);
      expect(take()).toEqual(['2 live: serves as "a"', '1 live: serves as "b"']);
      swap('b', 1, 2);
      expect(take()).toEqual([
        '2 live: serves as "b"; serves as "a"',
        '1 previous: version 2 took its place as "b"; version 2 took its place as "a"',
      ]);
    });

    it('tells beside what serves what does not, until its pointer moves', () => {
      swap('a', null, 2);
      take();
      events.loadFailed('b', versionOf(2), BREAKS, null);
      expect(take()).toEqual([expect.stringMatching(/^2 live: serves as "a"; cannot serve as "b": column/)]);
      events.pointerMoved('b', URI, versionOf(2), versionOf(1));
      expect(take()).toEqual(['2 live: serves as "a"']);
    });
  });
});
