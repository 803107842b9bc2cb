import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFormat } from '../model-format.ts';
import { readMlModel } from '../read-ml-model.ts';
import { findModelFile, isModelFile } from './model-file.ts';
import { runOnThread } from './preparation-call.ts';
import { findMissingFiles, prepareModel } from './prepare-model.ts';

/** A smaller graph is read in a few milliseconds, less than a thread needs to start. */
const LARGE_BYTES = 4 * 1024 * 1024;

export interface OnnxLimits {
  /** Most threads that a model's own session options can ask for. */
  readonly maxThreads: number;
}

/** Models that are an ONNX file, with or without an MLmodel beside it. Large ones are read on a thread of their own. */
export function createOnnxFormat({ maxThreads }: OnnxLimits): ModelFormat {
  return {
    name: 'onnx',
    claims: (mlmodel, paths) => (mlmodel === null ? paths.some(isModelFile) : 'onnx' in mlmodel.flavors),
    missingFiles: async (directory) => {
      if (!(await isLarge(directory))) return findMissingFiles(directory);
      return runOnThread({ kind: 'find-missing-files', directory }, new AbortController().signal);
    },
    prepare: async (directory, workDirectory, signal) => {
      const preparation = { directory, workDirectory, maxThreads };
      if (!(await isLarge(directory))) return prepareModel(preparation, signal);
      return runOnThread({ kind: 'prepare', preparation }, signal);
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
