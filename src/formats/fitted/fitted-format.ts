import { stat } from 'node:fs/promises';
import { GatewayError } from '../../errors.ts';
import { isFittedModelName } from '../../model/model-file-name.ts';
import { fileExists } from '../graph/prepare-graph.ts';
import { limitTurns } from '../limit-turns.ts';
import type { DerivedFiles, ModelFormat, PreparedModel } from '../model-format.ts';
import { readMlModel } from '../read-ml-model.ts';
import { type OrderThread, runOnThread, threadEntry } from '../run-on-thread.ts';
import type { ConversionOrder } from './conversion-thread.ts';
import type { ConvertedPaths } from './converted-graph.ts';
import { findFittedFile, hasFittedFlavor } from './model-file.ts';
import { convertedNames, convertedPaths, type FittedPreparation, prepareKept } from './prepare-fitted.ts';

/** A smaller graph is read in a few milliseconds, less than a thread needs to start. */
const LARGE_BYTES = 4 * 1024 * 1024;
/** A start finds many models to convert: more at once would take as long, and each of them longer than its time. */
const MOST_AT_ONCE = 2;

export interface FittedLimits {
  readonly maxThreads: number;
  /** How long reading and converting one model may take. */
  readonly timeoutMs: number;
}

/**
 * Models of scikit-learn, XGBoost and LightGBM as MLflow logs them: read as data and converted to a graph, on a thread of
 * its own with bounds for time and memory. The graph is kept with the version's files, so that it is made once.
 */
export function createFittedFormat({ maxThreads, timeoutMs }: FittedLimits): ModelFormat {
  const thread: OrderThread = {
    entry: threadEntry('conversion-thread', import.meta.url),
    name: 'switchyard-conversion',
    work: 'reading and converting the model',
    timeoutMs,
  };
  const inTurn = limitTurns(MOST_AT_ONCE);
  return {
    name: 'fitted',
    claims: (mlmodel, paths) => (mlmodel === null ? paths.some(isFittedModelName) : hasFittedFlavor(mlmodel)),
    missingFiles: async (directory) => {
      const { path } = await findFittedFile(directory, await readMlModel(directory));
      return (await fileExists(directory, path)) ? [] : [path];
    },
    prepare: async ({ derived, ...version }, signal) => {
      signal.throwIfAborted();
      const preparation = { ...version, maxThreads };
      const found = await prepareFound(thread, preparation, derived, signal);
      if (found !== null) return found;
      const order: ConversionOrder = { kind: 'convert', preparation };
      const prepared = await inTurn(() => runOnThread<PreparedModel>(thread, order, signal), signal);
      return keep(prepared, preparation, derived);
    },
  };
}

/** From a graph that was kept earlier; `null` if there is none that is whole. */
async function prepareFound(
  thread: OrderThread,
  preparation: FittedPreparation,
  derived: DerivedFiles,
  signal: AbortSignal,
): Promise<PreparedModel | null> {
  const names = convertedNames(preparation.precision);
  const [graph, record] = await Promise.all([derived.find(names.graph), derived.find(names.record)]);
  if (graph === null || record === null) return null;
  const kept: ConvertedPaths = { graph, record };
  const { size } = await stat(graph);
  if (size < LARGE_BYTES) return prepareKept(preparation, kept, signal);
  const order: ConversionOrder = { kind: 'prepare-kept', preparation, kept };
  return runOnThread<PreparedModel | null>(thread, order, signal);
}

/** Puts graph and record where the next start finds them. Where that cannot be, this version serves all the same. */
async function keep(
  prepared: PreparedModel,
  preparation: FittedPreparation,
  derived: DerivedFiles,
): Promise<PreparedModel> {
  const names = convertedNames(preparation.precision);
  const paths = convertedPaths(preparation);
  let { graphPath, notes } = prepared;
  try {
    const graph = await derived.keep(names.graph, paths.graph);
    if (graphPath === paths.graph) graphPath = graph;
    await derived.keep(names.record, paths.record);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    notes = [...notes, `the converted graph is not kept, and made again at the next start: ${error.message}`];
  }
  return { ...prepared, graphPath, notes };
}
