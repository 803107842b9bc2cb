import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { retryDelayMs, withJitter } from '../../src/lifecycle/retry-delay.ts';

const MIDDLE = 0.5;

describe('retryDelayMs', () => {
  it.each([
    [1, 5_000],
    [2, 10_000],
    [3, 20_000],
    [4, 40_000],
    [5, 60_000],
    [1_000, 60_000],
  ])('waits after failure %d in a row for %d ms', (failures, delayMs) => {
    expect(retryDelayMs('ARTIFACT_UNAVAILABLE', failures, 5_000, MIDDLE)).toBe(delayMs);
  });

  it('varies the delay by 10 % either way, never beyond a minute', () => {
    expect(retryDelayMs('ARTIFACT_UNAVAILABLE', 1, 5_000, 0)).toBe(4_500);
    expect(retryDelayMs('ARTIFACT_UNAVAILABLE', 1, 5_000, 0.999_999)).toBeCloseTo(5_500, 1);
    expect(retryDelayMs('ARTIFACT_UNAVAILABLE', 9, 5_000, 0)).toBe(54_000);
    expect(retryDelayMs('ARTIFACT_UNAVAILABLE', 9, 5_000, 0.999_999)).toBe(60_000);
    expect(retryDelayMs('ARTIFACT_UNAVAILABLE', 1, 600_000, 0.999_999)).toBe(60_000);
  });

  it.each<ErrorCode>([
    'ARTIFACT_INVALID',
    'UNSUPPORTED_MODEL',
    'INVALID_MODEL',
    'LOAD_CRASHED',
    'LOAD_TIMEOUT',
    'SIGNATURE_INCOMPATIBLE',
  ])('does not try %s again before the pointer or the source changes', (code) => {
    expect(retryDelayMs(code, 1, 5_000, MIDDLE)).toBeNull();
  });

  it.each<ErrorCode>([
    'ARTIFACT_UNAVAILABLE',
    'ARTIFACT_FORBIDDEN',
    'CACHE_UNAVAILABLE',
    'MEMORY_LIMIT',
    'REGISTRY_UNAVAILABLE',
    'INTERNAL',
  ])('tries %s again', (code) => {
    expect(retryDelayMs(code, 1, 5_000, MIDDLE)).toBe(5_000);
  });
});

describe('withJitter', () => {
  it('stays within 10 %', () => {
    expect([withJitter(100, 0), withJitter(100, MIDDLE)]).toEqual([90, 100]);
    expect(withJitter(100, 0.999_999)).toBeLessThan(110);
  });
});
