import { describe, expect, it } from 'vitest';
import type { VersionStanding } from '../../../src/model/version-standing.ts';
import { missingTags } from '../../../src/registry/mlflow/standing-tags.ts';

const LIVE: VersionStanding = {
  status: 'live',
  reason: 'serves as "iris"',
  digest: 'sha256:1',
  servedAt: new Date('2026-01-02T03:04:05.678Z'),
};
const FAILED: VersionStanding = { status: 'failed', reason: 'no such file', digest: null, servedAt: null };

/** The record after everything that was missing is written. */
function write(tags: Record<string, string>, standing: VersionStanding, gateway: string | null = null) {
  return { ...tags, ...Object.fromEntries(missingTags(tags, standing, gateway)) };
}

describe('missingTags', () => {
  it('tells everything of a live version, the status last', () => {
    expect(missingTags({ 'switchyard.allow_breaking': 'true' }, LIVE, null)).toEqual([
      ['switchyard.digest', 'sha256:1'],
      ['switchyard.served_at', '2026-01-02T03:04:05.678Z'],
      ['switchyard.reason', 'serves as "iris"'],
      ['switchyard.status', 'live'],
    ]);
  });

  it('has nothing to say where the record says it already, whenever the version went live', () => {
    const later = { ...LIVE, servedAt: new Date('2026-05-05T00:00:00Z') };
    expect(missingTags(write({}, LIVE), later, null)).toEqual([]);
  });

  it('tells when a version went live again, also with other files', () => {
    const later = { ...LIVE, servedAt: new Date('2026-05-05T00:00:00Z') };
    const previous: VersionStanding = { status: 'previous', reason: 'x', digest: null, servedAt: null };
    const wentAndCame = missingTags(write(write({}, LIVE), previous), later, null);
    expect(wentAndCame.map(([key]) => key)).toEqual([
      'switchyard.served_at',
      'switchyard.reason',
      'switchyard.status',
    ]);
    const changed = missingTags(write({}, LIVE), { ...later, digest: 'sha256:2' }, null);
    expect(changed.map(([key]) => key)).toEqual(['switchyard.digest', 'switchyard.served_at']);
  });

  it('leaves digest and time of a version that has served before', () => {
    expect(write(write({}, LIVE), FAILED)).toEqual({
      'switchyard.digest': 'sha256:1',
      'switchyard.served_at': '2026-01-02T03:04:05.678Z',
      'switchyard.reason': 'no such file',
      'switchyard.status': 'failed',
    });
  });

  it('writes what is lacking after half of it was written', () => {
    const [digest, servedAt] = missingTags({}, LIVE, null);
    const half = Object.fromEntries([digest!, servedAt!]);
    expect(missingTags(half, LIVE, null).map(([key]) => key)).toEqual([
      'switchyard.reason',
      'switchyard.status',
    ]);
  });

  it('signs the reason, and takes that of another gateway for its own', () => {
    const tags = write({}, FAILED, 'east');
    expect(tags['switchyard.reason']).toBe('no such file (gateway "east")');
    expect(missingTags(tags, FAILED, 'west')).toEqual([]);
    expect(missingTags(tags, FAILED, null)).toEqual([]);
    expect(missingTags(tags, { ...FAILED, reason: 'another' }, 'west')).toEqual([
      ['switchyard.reason', 'another (gateway "west")'],
    ]);
  });

  it('keeps a reason to one line of at most 5,000 characters that is the same again', () => {
    const long = { ...FAILED, reason: `a\r\n\tb\u0000${'𝒳'.repeat(4_000)}` };
    const tags = write({}, long, 'g'.repeat(100));
    const reason = tags['switchyard.reason'] ?? '';
    expect(reason.length).toBeLessThanOrEqual(5_000);
    expect(reason.length).toBeGreaterThan(4_700);
    expect(reason.startsWith('a b 𝒳')).toBe(true);
    expect(reason.isWellFormed()).toBe(true);
    expect(missingTags(tags, long, 'another')).toEqual([]);
  });
});
