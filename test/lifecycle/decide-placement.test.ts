import { describe, expect, it } from 'vitest';
import { decidePlacement } from '../../src/lifecycle/decide-placement.ts';

describe('decidePlacement', () => {
  it.each([
    [20, 1, 'inline'],
    [0.5, 0.01, 'inline'],
    [20.1, 0.01, 'worker'],
    [1, 1.1, 'worker'],
    [1, null, 'worker'],
  ])('puts a graph that loads in %d ms and runs a row in %s ms %s', (loadMs, runMs, placement) => {
    expect(decidePlacement({ loadMs, runMs }, 'auto')).toMatchObject({ placement, loadMs, runMs });
  });

  it.each(['inline', 'worker'] as const)('follows the policy %s whatever was measured', (wanted) => {
    expect(decidePlacement({ loadMs: 500, runMs: 50 }, wanted).placement).toBe(wanted);
    expect(decidePlacement({ loadMs: 0.5, runMs: 0.01 }, wanted)).toMatchObject({
      placement: wanted,
      reason: 'set for this model; load 0.5 ms, one row 0.010 ms',
    });
  });

  it('says why, with the figures and the limits', () => {
    expect(decidePlacement({ loadMs: 31.25, runMs: null }, 'auto').reason).toBe(
      'too heavy for the event loop: load 31.3 ms, one row not measured (limits for inline: 20 ms and 1 ms)',
    );
  });
});
