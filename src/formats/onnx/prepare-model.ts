import { fileExists, findMissingData, prepareGraph } from '../graph/prepare-graph.ts';
import type { PreparedModel } from '../model-format.ts';
import { readMlModel } from '../read-ml-model.ts';
import { findModelFile } from './model-file.ts';

/** As `ModelFormat.missingFiles`. Blocks the thread that it runs on, for some milliseconds a megabyte. */
export async function findMissingFiles(directory: string): Promise<readonly string[]> {
  const file = await findModelFile(directory, await readMlModel(directory));
  return (await fileExists(directory, file)) ? findMissingData(directory, file) : [file];
}

export interface Preparation {
  readonly directory: string;
  readonly workDirectory: string;
  /** Most threads that the model's own session options can ask for. */
  readonly maxThreads: number;
}

/** As `ModelFormat.prepare`. Blocks the thread that it runs on, for some milliseconds a megabyte. */
export async function prepareModel(preparation: Preparation, signal: AbortSignal): Promise<PreparedModel> {
  const { directory } = preparation;
  const mlmodel = await readMlModel(directory);
  const file = await findModelFile(directory, mlmodel);
  const place = { ...preparation, file, modelDirectory: directory, mlmodel };
  return { format: 'onnx', conversion: null, ...(await prepareGraph(place, null, signal)) };
}
