import { describe, expect, it } from 'vitest';
import type { Config } from '../src/config.ts';
import { memberSettings, modelShares } from '../src/gateway-shares.ts';
import { Secret } from '../src/model/secret.ts';

const MIB = 1024 ** 2;
const CONFIG = {
  processes: 4,
  engineThreads: 6,
  maxConcurrentRequests: 1022,
  maxBodyBytes: 64 * MIB,
  maxBufferedBytes: 512 * MIB,
  memoryMaxBytes: 4_100 * MIB,
  adminToken: new Secret('a token'),
  webhookSecret: new Secret('a secret'),
} as Config;

describe('memberSettings', () => {
  it('divides what is for the whole, and leaves each member something of it', () => {
    expect(memberSettings(CONFIG)).toMatchObject({
      engineThreads: 1,
      maxConcurrentRequests: 256,
      maxBufferedBytes: 128 * MIB,
      maxBodyBytes: 64 * MIB,
      adminToken: 'a token',
      webhookSecret: 'a secret',
    });
    expect(memberSettings({ ...CONFIG, engineThreads: 2, maxConcurrentRequests: 1 })).toMatchObject({
      engineThreads: 1,
      maxConcurrentRequests: 1,
    });
  });

  it('lets a body of the allowed size into every member', () => {
    const buffered = (maxBufferedBytes: number) =>
      memberSettings({ ...CONFIG, maxBufferedBytes }).maxBufferedBytes;
    expect(buffered(128 * MIB)).toBe(64 * MIB);
    expect(buffered(32 * MIB)).toBe(32 * MIB);
  });
});

describe('modelShares', () => {
  it('takes off what the coordinator holds', () => {
    const shareOf = (config: Config, bytes: number) => modelShares(config, bytes).memoryMaxBytes;
    expect(shareOf(CONFIG, 100 * MIB)).toBe(1_000 * MIB);
    expect(shareOf({ ...CONFIG, memoryMaxBytes: 10 }, 100)).toBe(0);
    expect(shareOf({ ...CONFIG, memoryMaxBytes: null }, 100)).toBeNull();
  });

  it('lets a model ask for no more threads than its member has', () => {
    expect(modelShares({ ...CONFIG, engineThreads: 9 }, 0).engineThreads).toBe(2);
  });
});
