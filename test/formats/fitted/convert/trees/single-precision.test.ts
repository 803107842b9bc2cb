import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { numberOf, readExpected } from '../../../../../.ci/fitted/expected-case.ts';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { readPickle } from '../../../../../src/formats/fitted/files/pickle/read-pickle.ts';
import { familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

const FIXTURES = new URL('../../fixtures/families/', import.meta.url).pathname;
const NAMES = ['trees', 'histograms']
  .flatMap((family) => familyFixtures(family).map((name) => `${family}/${name}`))
  .filter((name) => !name.includes('text.'));
/** Sums, exponentials and logarithms of single precision. */
const TOLERANCE = 1e-5;

describe('a graph of trees in single precision', () => {
  it.each(NAMES)(
    'sends rows of single precision to the leaves that the double one does: %s',
    async (name) => {
      const model = readPickle(readFileSync(`${FIXTURES}${name}.pkl`));
      const { rows } = readExpected(`${FIXTURES}${name}.json`);
      const reals = rows.flat().map((cell) => Math.fround(numberOf(cell)));
      const answers = (precision: 'double' | 'float') =>
        runGraph(convertModel(model, null, precision).onnx, rows.length, { X: { reals } });
      const double = await answers('double');
      const single = await answers('float');
      expect(Object.keys(single)).toEqual(Object.keys(double));
      for (const [output, values] of Object.entries(double).filter(([key]) => !key.startsWith('label'))) {
        for (const [at, value] of values.entries()) {
          const distance =
            Math.abs(Number(single[output]?.[at]) - Number(value)) / (1 + Math.abs(Number(value)));
          expect(distance).toBeLessThan(TOLERANCE);
        }
      }
    },
  );
});
