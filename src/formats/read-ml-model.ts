import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../errors.ts';
import type { MlModel } from '../model/ml-model.ts';
import { parseMlModel } from '../model/parse-ml-model.ts';

const MAX_ML_MODEL_BYTES = 16 * 1024 * 1024;

/** The directory's MLmodel; `null` if it has none. @throws GatewayError INVALID_MODEL. */
export async function readMlModel(directory: string): Promise<MlModel | null> {
  const path = join(directory, 'MLmodel');
  const stats = await stat(path).catch(() => null);
  if (stats === null) return null;
  if (!stats.isFile() || stats.size > MAX_ML_MODEL_BYTES) {
    throw new GatewayError('INVALID_MODEL', 'the MLmodel file is no file, or far too large for one');
  }
  return parseMlModel(await readFile(path, 'utf8'));
}
