import { describe, expect, it } from 'vitest';
import { boosterFixtures, compareBooster } from '../../booster-fixtures.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';

describe('models of XGBoost', () => {
  // Half a unit in the last place of a float32: what C's exponential and the exactly rounded one may differ by.
  it.each(boosterFixtures('json', 'ubj', 'xgb'))('answer as XGBoost does: %s', async (file) => {
    const { worst, wrongLabels, outputs } = await compareBooster(file);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(6e-8);
  });
});

describe('models of LightGBM', () => {
  it.each(boosterFixtures('txt'))('answer as LightGBM does: %s', async (file) => {
    const { worst, outputs } = await compareBooster(file);
    expect(outputs).toEqual(['variable']);
    expect(worst).toBeLessThan(1e-15);
  });
});

describe('boosters in pickles of scikit-learn', () => {
  it.each(familyFixtures('boosters'))('answer as their libraries do: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('boosters', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(name.startsWith('light') ? 1e-15 : 6e-8);
  });
});
