import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../servers.ts';

const PATIENCE_MS = 15 * 60_000;

/**
 * Makes the virtual environment of a requirements file in this folder, once per content of the file.
 *
 * @returns the directory of its commands
 * @throws Error with the end of what the installer said
 */
export function prepareEnvironment(requirements: string, cacheDirectory: string): string {
  mkdirSync(cacheDirectory, { recursive: true });
  const script = join(CHECKOUT, '.ci', 'venv.sh');
  const result = spawnSync(script, [join(import.meta.dirname, requirements)], {
    env: { ...process.env, CI_CACHE_DIR: cacheDirectory },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  if (result.status !== 0) {
    const said = (result.error?.message ?? result.stderr).trim().split('\n').slice(-3).join(' ');
    throw new Error(`the environment of ${requirements} could not be made: ${said}`);
  }
  return join(result.stdout.trim(), 'bin');
}
