import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type Comparison, compareOutputs } from '../../../.ci/fitted/compare-outputs.ts';
import { type ExpectedCase, numberOf } from '../../../.ci/fitted/expected-case.ts';
import { convertModel } from '../../../src/formats/fitted/convert/convert-model.ts';
import { readLightgbmBooster } from '../../../src/formats/fitted/files/lightgbm/lightgbm-estimator.ts';
import { readXgboostEstimator } from '../../../src/formats/fitted/files/xgboost/xgboost-estimator.ts';
import type { StoredObject } from '../../../src/formats/fitted/values/stored-value.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures/boosters');

/** Names of the files of libraries that end so, e.g. `binary.3.2.ubj`. */
export function boosterFixtures(...endings: readonly string[]): string[] {
  return readdirSync(FIXTURES)
    .filter(
      (file) => endings.some((ending) => file.endsWith(`.${ending}`)) && !file.endsWith('.expected.json'),
    )
    .sort();
}

export function boosterBytes(file: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FIXTURES, file)));
}

export function boosterExpected(file: string): ExpectedCase & { readonly class: string } {
  const name = file.slice(0, file.lastIndexOf('.'));
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.expected.json`), 'utf8'));
}

export function readBooster(file: string, bytes: Uint8Array = boosterBytes(file)): StoredObject {
  return file.endsWith('.txt')
    ? readLightgbmBooster(bytes)
    : readXgboostEstimator(bytes, boosterExpected(file).class);
}

/** Converts the model, and compares its graph with what the library said of the rows. */
export async function compareBooster(file: string): Promise<Comparison> {
  const expected = boosterExpected(file);
  const { onnx, tolerance } = convertModel(readBooster(file), null);
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { rows } = expected;
  const cells = Float64Array.from(rows.flat(), numberOf);
  const width = cells.length / rows.length;
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => [name, new Tensor('float64', cells, [rows.length, width])]),
  );
  const outputs = await session.run(feeds);
  await session.release();
  return compareOutputs(outputs, expected, tolerance);
}
