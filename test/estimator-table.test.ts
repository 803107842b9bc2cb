import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../src/formats/fitted/convert/converters.ts';
import { estimatorTable } from '../src/formats/fitted/convert/estimator-table.ts';

describe('the table of estimators', () => {
  it('stands in the README as the converters are (node .ci/fitted/write-estimator-table.ts puts it there)', () => {
    const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
    expect(readme).toContain(`\n${estimatorTable()}\n`);
  });

  it('has every class with a tolerance, once', () => {
    const classes = FAMILIES.flatMap(({ library, converters }) =>
      Object.keys(converters).map((name) => `${library} ${name}`),
    );
    expect(new Set(classes).size).toBe(classes.length);
    for (const { name, tolerance, converters } of FAMILIES) {
      expect(tolerance, name).toBeLessThanOrEqual(1e-5);
      for (const [className, converter] of Object.entries(converters)) {
        expect(converter.predict ?? converter.transform, className).toBeDefined();
        expect(estimatorTable()).toContain(`\`${className}\``);
      }
    }
  });
});
