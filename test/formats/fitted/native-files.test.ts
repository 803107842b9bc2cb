import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cell, numberOf } from '../../../.ci/fitted/expected-case.ts';
import { createFittedFormat } from '../../../src/formats/fitted/fitted-format.ts';
import { localVersion } from '../local-version.ts';
import { boosterExpected } from './booster-fixtures.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures/boosters');
const format = createFittedFormat({ maxThreads: 1, timeoutMs: 60_000 });
const { signal } = new AbortController();

describe('a model as mlflow.xgboost and mlflow.lightgbm log it', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'switchyard-native-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it.each([
    ['binary.3.2.ubj', 'model.ubj', 'xgboost', 'xgboost.core.Booster', 'variable'],
    ['classes.3.2.json', 'model.json', 'xgboost', 'xgboost.sklearn.XGBClassifier', 'label'],
    ['regression.1.7.xgb', 'model.xgb', 'xgboost', 'xgboost.sklearn.XGBRegressor', 'variable'],
    ['light_binary.4.7.txt', 'model.lgb', 'lightgbm', 'lightgbm.basic.Booster', 'variable'],
    // Before 1.23 MLflow knew no other class, and named none.
    ['light_binary.3.3.txt', 'model.lgb', 'lightgbm', null, 'variable'],
  ])('answers as the loaded model does: %s', async (fixture, file, library, modelClass, output) => {
    const directory = join(root, 'version');
    mkdirSync(directory);
    copyFileSync(join(FIXTURES, fixture), join(directory, file));
    const flavor = `{ data: ${file}${modelClass === null ? '' : `, model_class: ${modelClass}`} }`;
    writeFileSync(
      join(directory, 'MLmodel'),
      `flavors:\n  ${library}: ${flavor}\n  python_function: { data: ${file} }\n`,
    );
    const prepared = await format.prepare(localVersion(directory, mkdtempSync(join(root, 'work-'))), signal);
    expect(prepared.conversion).toMatchObject({ sourceFormat: library, library });
    const { rows, predict } = boosterExpected(fixture);
    const session = await InferenceSession.create(prepared.graphPath, { logSeverityLevel: 3 });
    const cells = Float64Array.from(rows.flat(), numberOf);
    const input = prepared.signature.inputs[0]?.name as string;
    const outputs = await session.run({ [input]: new Tensor('float64', cells, [rows.length, 3]) });
    await session.release();
    const got = Array.from(outputs[output]?.data as ArrayLike<number | bigint>, Number);
    for (const [at, value] of ((predict?.values ?? []) as Cell[]).entries())
      expect(got[at]).toBeCloseTo(numberOf(value), library === 'xgboost' ? 6 : 14);
    expect(got).toHaveLength(rows.length);
  });
});
