import { readdirSync, readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Comparison, compareOutputs } from '../../../.ci/fitted/compare-outputs.ts';
import { numberOf, readExpected } from '../../../.ci/fitted/expected-case.ts';
import { type ConvertedModel, convertModel } from '../../../src/formats/fitted/convert/convert-model.ts';
import { readPickle } from '../../../src/formats/fitted/files/pickle/read-pickle.ts';

const FIXTURES = new URL('./fixtures/families/', import.meta.url).pathname;

/** Names of a family's models, each with the version of scikit-learn that made it: `ridge.1.9`. */
export function familyFixtures(family: string): string[] {
  return readdirSync(`${FIXTURES}${family}`)
    .filter((file) => file.endsWith('.pkl'))
    .map((file) => file.slice(0, -'.pkl'.length))
    .sort();
}

export function convertFixture(family: string, name: string): ConvertedModel {
  return convertModel(readPickle(readFileSync(`${FIXTURES}${family}/${name}.pkl`)), null);
}

/** Converts the model, and compares its graph with what scikit-learn said of the rows. */
export async function compareFixture(family: string, name: string): Promise<Comparison> {
  const { onnx, tolerance } = convertFixture(family, name);
  const expected = readExpected(`${FIXTURES}${family}/${name}.json`);
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { rows } = expected;
  const cells = Float64Array.from(rows.flat(), numberOf);
  const outputs = await session.run({
    X: new Tensor('float64', cells, [rows.length, cells.length / rows.length]),
  });
  await session.release();
  return compareOutputs(outputs, expected, tolerance);
}
