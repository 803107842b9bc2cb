import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { FailureRecord } from '../../src/lifecycle/failure-record.ts';
import { versionOf } from './versions.ts';

const unavailable = new GatewayError('ARTIFACT_UNAVAILABLE', 'the store is down');
const invalid = new GatewayError('INVALID_MODEL', 'no graph');
const setUp = () => new FailureRecord(1_000, () => 0.5);

describe('FailureRecord', () => {
  it('waits twice as long after each failure in a row, for each version by itself', () => {
    const failures = setUp();
    expect(failures.add(versionOf(1), unavailable, 0).retryAt).toBe(1_000);
    expect(failures.add(versionOf(1), unavailable, 1_000).retryAt).toBe(3_000);
    expect(failures.add(versionOf(2), unavailable, 1_000).retryAt).toBe(2_000);
    expect(failures.all).toHaveLength(2);
  });

  it('waits as long as the store asks for, five minutes at most', () => {
    const busy = (retryAfterSeconds: number) =>
      new GatewayError('ARTIFACT_UNAVAILABLE', 'the store is busy', { retryAfterSeconds });
    expect(setUp().add(versionOf(1), busy(30), 0).retryAt).toBe(30_000);
    expect(setUp().add(versionOf(1), busy(0), 0).retryAt).toBe(1_000);
    expect(setUp().add(versionOf(1), busy(86_400), 0).retryAt).toBe(300_000);
  });

  it('lets a version be tried before its time, final or not, and goes on counting', () => {
    const failures = setUp();
    failures.add(versionOf(1), unavailable, 0);
    failures.add(versionOf(2), invalid, 0);
    for (const version of [1, 2, 3]) failures.hasten(versionOf(version), 400);
    expect(failures.all.map(({ retryAt }) => retryAt)).toEqual([400, 400]);
    expect(failures.add(versionOf(1), unavailable, 400).retryAt).toBe(2_400);
    expect(failures.add(versionOf(2), invalid, 400).retryAt).toBeNull();
  });

  it('counts anew after the version was forgotten', () => {
    const failures = setUp();
    failures.add(versionOf(1), unavailable, 0);
    failures.forget(versionOf(1));
    expect(failures.find(versionOf(1))).toBeNull();
    expect(failures.add(versionOf(1), unavailable, 0).retryAt).toBe(1_000);
  });

  it('keeps only the failures of the version that the pointer moves to', () => {
    const failures = setUp();
    failures.add(versionOf(1), invalid, 0);
    failures.add(versionOf(2), invalid, 0);
    failures.keepOnly(versionOf(2));
    expect(failures.all.map(({ version }) => version.version)).toEqual(['2']);
    failures.clear();
    expect(failures.all).toEqual([]);
  });

  it('does not take changed files for the version that failed', () => {
    const failures = setUp();
    failures.add(versionOf(1), invalid, 0);
    expect(failures.find(versionOf(1, { source: 'memory:/iris/1#other' }))).toBeNull();
  });

  it('explains by the failure of what is wanted, else by what is wrong with its pointer', () => {
    const failures = setUp();
    const problem = { code: 'REGISTRY_FORBIDDEN', message: '403', at: new Date(0) } as const;
    failures.add(versionOf(1), invalid, 5);
    expect(failures.explain(versionOf(1), problem)).toMatchObject({
      code: 'INVALID_MODEL',
      message: 'no graph',
      at: new Date(5),
      retryAt: null,
    });
    expect(failures.explain(versionOf(2), problem)).toEqual({ ...problem, retryAt: null });
    expect(failures.explain(null, problem)).toEqual({ ...problem, retryAt: null });
    expect(failures.explain(null, null)).toBeNull();
  });
});
