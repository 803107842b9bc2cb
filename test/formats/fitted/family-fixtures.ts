import { readdirSync, readFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { type Comparison, compareOutputs } from '../../../.ci/fitted/compare-outputs.ts';
import { readExpected } from '../../../.ci/fitted/expected-case.ts';
import { feedsOf } from '../../../.ci/fitted/feeds-of.ts';
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
  const outputs = await session.run(feedsOf(session, expected.columns, expected.rows));
  await session.release();
  return compareOutputs(outputs, expected, tolerance);
}
