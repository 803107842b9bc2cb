import { describe, expect, it } from 'vitest';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';

describe('preprocessing', () => {
  it.each(familyFixtures('preprocessing'))('gives what scikit-learn gives: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('preprocessing', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(1e-14);
  });
});
