import { describe, expect, it } from 'vitest';
import { compareFixture, convertFixture, familyFixtures } from '../../family-fixtures.ts';

/** Boosting ends in an exponential or a logarithm; what only compares and adds is exact. */
const TOLERANCE = 1e-15;

describe('trees, forests and gradient boosting', () => {
  it.each(familyFixtures('trees'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('trees', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    if (name.startsWith('boosting')) expect(worst).toBeLessThan(TOLERANCE);
    else expect(worst).toBe(0);
  });

  it('take NaN where the version of scikit-learn that saved them does', () => {
    const takes = (name: string) => convertFixture('trees', name).takesNaN.get('X')?.every(Boolean);
    expect(takes('forest_missing.1.9')).toBe(true);
    expect(takes('tree_one_leaf.1.9')).toBe(true);
    expect(takes('tree_one_leaf.1.2')).toBe(false);
    expect(takes('forest_ties.1.2')).toBe(false);
    expect(takes('boosting_3.1.9')).toBe(false);
  });
});
