import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURES, temporaryFolder } from '../running-gateway.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');

const switchyard = (...words: readonly string[]) =>
  run(process.execPath, [join(ROOT, 'src/main.ts'), ...words], {
    env: { ...process.env, SWITCHYARD_REGISTRY_DIR: FIXTURES },
  });

describe('switchyard types', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('prints types that accept what the model takes and refuse what it does not', async () => {
    const { stdout } = await switchyard('types', 'models:/titanic-like/Production');
    await writeFile(join(folder, 'titanic.d.ts'), stdout);
    const given = "passenger_class: 1, sex: 'male', siblings: 0, embarked: 'S'";
    await writeFile(
      join(folder, 'use.ts'),
      [
        "import type { PredictAnswer, PredictRequest } from './titanic.d.ts';",
        `export const byName: PredictRequest = { features: { ${given} } };`,
        "export const byPosition: PredictRequest = { features: [[1, 'male', 30, 0, null, 'S']] };",
        'export const label = (answer: PredictAnswer): string =>',
        "  'predictions' in answer ? answer.predictions[0]!.prediction : answer.prediction;",
        '// @ts-expect-error a column is missing',
        "export const missing: PredictRequest = { features: { sex: 'male' } };",
        '// @ts-expect-error a text for a number',
        `export const text: PredictRequest = { features: { ${given}, age: 'old' } };`,
        '// @ts-expect-error no such label',
        "export const wrong = (answer: PredictAnswer) => 'prediction' in answer && answer.prediction === 'fled';",
      ].join('\n'),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--target', 'esnext', '--module', 'nodenext', '--types', ''];
    const checked = run(process.execPath, [tsc, ...options, '--allowImportingTsExtensions', 'use.ts'], {
      cwd: folder,
    });
    await expect(checked).resolves.toMatchObject({ stdout: '' });
  }, 60_000);

  it.each([
    ['models:/titanic-like@nobody', 'has no alias "nobody"'],
    ['models:/*/Production', 'name one model'],
    ['titanic', 'does not begin with "models:/"'],
  ])(
    'says what is wrong with %s',
    async (uri, message) => {
      const failed = switchyard('types', uri);
      await expect(failed).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(message),
      });
    },
    60_000,
  );
});
