import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../../src/errors.ts';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { readPickle } from '../../../../../src/formats/fitted/files/pickle/read-pickle.ts';

const FIXTURES = new URL('../../fixtures/families/', import.meta.url).pathname;
const ORIGINALS = [
  'trees/forest_missing.1.9',
  'trees/boosting_forest.1.2',
  'trees/tree_2_outputs.1.9',
  'histograms/categories.1.2',
  'histograms/missing_3.1.9',
  'ensembles/isolation_columns.1.9',
  'ensembles/ada_regressor.1.2',
].map((name) => readFileSync(`${FIXTURES}${name}.pkl`));
const RUNS = Number(process.env.DAMAGED_RUNS ?? 150);

/** Runs the graph, if there is one: native code takes what stands in it for granted. */
async function use(bytes: Uint8Array): Promise<'used' | 'refused'> {
  let onnx: Uint8Array;
  let width: number;
  try {
    const converted = convertModel(readPickle(bytes), null);
    onnx = converted.onnx;
    width = converted.takesNaN.get('X')?.length ?? 0;
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    return 'refused';
  }
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const cells = Float64Array.from(
    { length: 3 * width },
    (_, at) => [0, -1e300, Number.NaN][at % 3] as number,
  );
  await session.run({ X: new Tensor('float64', cells, [3, width]) });
  await session.release();
  return 'used';
}

describe('a damaged file of trees', () => {
  it('is a graph that runs, or is refused', async () => {
    const edit = fc.record({
      at: fc.nat(),
      value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
    });
    const seen = { used: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ORIGINALS),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        async (original, edits) => {
          const bytes = Uint8Array.from(original);
          for (const { at, value } of edits) bytes[at % bytes.length] = value;
          seen[await use(bytes)] += 1;
        },
      ),
      { numRuns: RUNS },
    );
    expect(Math.min(seen.used, seen.refused)).toBeGreaterThan(RUNS / 20);
  }, 600_000);
});
