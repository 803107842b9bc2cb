import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isGraphName } from '../../model/model-file-name.ts';
import type { ModelFormat, PreparedModel } from '../model-format.ts';
import { readMlModel } from '../read-ml-model.ts';
import { type OrderThread, runOnThread, threadEntry } from '../run-on-thread.ts';
import { findModelFile } from './model-file.ts';
import type { PreparationOrder } from './preparation-thread.ts';
import { findMissingFiles, prepareModel } from './prepare-model.ts';

/** A smaller graph is read in a few milliseconds, less than a thread needs to start. */
const LARGE_BYTES = 4 * 1024 * 1024;

const THREAD: OrderThread = {
  entry: threadEntry('preparation-thread', import.meta.url),
  name: 'switchyard-preparation',
  work: 'reading the graph',
  timeoutMs: null,
};

export interface OnnxLimits {
  /** Most threads that a model's own session options can ask for. */
  readonly maxThreads: number;
}

/** Models that are an ONNX file, with or without an MLmodel beside it. Large ones are read on a thread of their own. */
export function createOnnxFormat({ maxThreads }: OnnxLimits): ModelFormat {
  return {
    name: 'onnx',
    claims: (mlmodel, paths) => (mlmodel === null ? paths.some(isGraphName) : 'onnx' in mlmodel.flavors),
    missingFiles: async (directory) => {
      if (!(await isLarge(directory))) return findMissingFiles(directory);
      const order: PreparationOrder = { kind: 'find-missing-files', directory };
      return runOnThread<readonly string[]>(THREAD, order, new AbortController().signal);
    },
    prepare: async ({ directory, workDirectory }, signal) => {
      const preparation = { directory, workDirectory, maxThreads };
      if (!(await isLarge(directory))) return prepareModel(preparation, signal);
      const order: PreparationOrder = { kind: 'prepare', preparation };
      return runOnThread<PreparedModel>(THREAD, order, signal);
    },
  };
}

/** What is wrong with the directory is told by whoever reads it. */
async function isLarge(directory: string): Promise<boolean> {
  try {
    const file = await findModelFile(directory, await readMlModel(directory));
    return (await stat(join(directory, file))).size >= LARGE_BYTES;
  } catch {
    return false;
  }
}
