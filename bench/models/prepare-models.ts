import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../servers.ts';
import { type BenchModel, readBenchModel } from './bench-model.ts';

/** What `make-models.py` can make, in the order of the tables. */
export const MODEL_NAMES = [
  'iris',
  'forest-30',
  'logistic-regression',
  'gradient-boosting',
  'wide-mlp',
] as const;

/** What the models depend on: a change makes them anew. */
const SOURCES = ['bench/models/make-models.py', 'bench/peers/requirements.txt', 'models-fixtures/make.py'];
const PATIENCE_MS = 10 * 60_000;

/**
 * Trains the models that the cache directory does not hold yet (some seconds each).
 *
 * @param commands directory of the Python environment's commands; empty: there is none
 * @throws Error with the end of what the script said
 */
export function prepareModels(
  names: readonly string[],
  commands: string,
  cacheDirectory: string,
): readonly BenchModel[] {
  const hash = createHash('sha256');
  for (const source of SOURCES) hash.update(readFileSync(join(CHECKOUT, source)));
  const output = join(cacheDirectory, `models-${hash.digest('hex').slice(0, 12)}`);
  const missing = names.filter((name) => !existsSync(join(output, name, 'model.json')));
  if (missing.length > 0) {
    if (commands === '')
      throw new Error('the models cannot be made without the environment of requirements.txt');
    const script = join(import.meta.dirname, 'make-models.py');
    const result = spawnSync(join(commands, 'python'), [script, output, ...missing], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      encoding: 'utf8',
      timeout: PATIENCE_MS,
    });
    if (result.status !== 0) {
      throw new Error(
        `the models could not be made: ${result.stderr.trim().split('\n').slice(-3).join(' ')}`,
      );
    }
  }
  return names.map((name) => readBenchModel(output, name));
}
