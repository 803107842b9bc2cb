import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The run that a model directory's `MLmodel` names; `null` without one. */
export async function readRunId(directory: string): Promise<string | null> {
  const text = await readFile(join(directory, 'MLmodel'), 'utf8').catch(() => '');
  return /^run_id:[ \t]*['"]?([A-Za-z0-9_-]+)['"]?[ \t]*$/m.exec(text)?.[1] ?? null;
}
