import { describe, expect, it } from 'vitest';
import { SeenDeliveries } from '../../src/lifecycle/seen-deliveries.ts';

describe('SeenDeliveries', () => {
  it('takes a delivery once, for longer than its signature is good and MLflow repeats it', () => {
    let now = 1_000_000;
    const seen = new SeenDeliveries(() => now);
    expect([seen.take('a'), seen.take('b'), seen.take('a')]).toEqual([true, true, false]);
    now += 600_000 + 270_000;
    expect(seen.take('a')).toBe(false);
    now += 30_001;
    expect(seen.take('a')).toBe(true);
  });

  it('knows ten thousand, and forgets the oldest first', () => {
    const seen = new SeenDeliveries(() => 0);
    for (let id = 0; id < 10_001; id++) expect(seen.take(String(id))).toBe(true);
    expect([seen.take('1'), seen.take('10000')]).toEqual([false, false]);
    expect(seen.take('0')).toBe(true);
  });
});
