import { basename, dirname, join } from 'node:path';
import { GatewayError, messageOf } from '../../errors.ts';
import type { Precision } from '../../model/precision.ts';
import { prepareGraph } from '../graph/prepare-graph.ts';
import type { PreparedModel } from '../model-format.ts';
import { readMlModel } from '../read-ml-model.ts';
import { CONVERTER_VERSION } from './convert/converter-version.ts';
import {
  type ConvertedGraph,
  type ConvertedPaths,
  readConverted,
  writeConverted,
} from './converted-graph.ts';
import { contradictionOf } from './declared-outputs.ts';

export interface FittedPreparation {
  readonly directory: string;
  readonly digest: string;
  readonly workDirectory: string;
  readonly precision: Precision;
  /** Most threads that one model can ask for. */
  readonly maxThreads: number;
}

/** Names under which graph and record of a conversion are kept. */
export function convertedNames(precision: Precision): ConvertedPaths {
  const name = `converted-${CONVERTER_VERSION}-${precision}`;
  return { graph: `${name}.onnx`, record: `${name}.json` };
}

/** Graph and record of a conversion that was not kept yet. */
export function convertedPaths({ workDirectory, precision }: FittedPreparation): ConvertedPaths {
  const { graph, record } = convertedNames(precision);
  return { graph: join(workDirectory, graph), record: join(workDirectory, record) };
}

/**
 * Prepares a graph that was made earlier. Blocks the thread that it runs on, for some milliseconds a megabyte.
 *
 * @returns `null` if it is damaged, or was made of other files.
 */
export async function prepareKept(
  preparation: FittedPreparation,
  kept: ConvertedPaths,
  signal: AbortSignal,
): Promise<PreparedModel | null> {
  const converted = await readConverted(kept, preparation.digest);
  return converted && prepareConverted(preparation, kept.graph, markKept(converted), signal);
}

/**
 * Converts the model and writes graph and record into the work directory. Blocks the thread that it runs on, for as long
 * as a second for a large forest.
 *
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL.
 */
export async function prepareByConverting(
  preparation: FittedPreparation,
  signal: AbortSignal,
): Promise<PreparedModel> {
  const { directory, digest, precision } = preparation;
  // Not above: whoever only finds what was converted earlier does not load all converters.
  const { convertDirectory } = await import('./convert-directory.ts');
  const { onnx, converted } = await convertDirectory(directory, precision);
  const paths = convertedPaths(preparation);
  try {
    await writeConverted(paths, onnx, converted, digest);
  } catch (error) {
    const text = `the converted graph cannot be written beside the cache: ${messageOf(error)}`;
    throw new GatewayError('CACHE_UNAVAILABLE', text, { cause: error });
  }
  return prepareConverted(preparation, paths.graph, converted, signal);
}

async function prepareConverted(
  { directory, workDirectory, maxThreads }: FittedPreparation,
  graph: string,
  { report, facts, notes }: ConvertedGraph,
  signal: AbortSignal,
): Promise<PreparedModel> {
  const mlmodel = await readMlModel(directory);
  const place = {
    directory: dirname(graph),
    file: basename(graph),
    modelDirectory: directory,
    mlmodel,
    workDirectory,
    maxThreads,
  };
  const prepared = await prepareGraph(place, facts, signal);
  const contradiction = contradictionOf(mlmodel?.outputs ?? null, prepared.signature, prepared.invocations);
  return {
    format: report.library,
    ...prepared,
    conversion: report,
    notes: [...notes, ...prepared.notes, ...(contradiction === null ? [] : [contradiction])],
  };
}

function markKept(converted: ConvertedGraph): ConvertedGraph {
  return { ...converted, report: { ...converted.report, fromCache: true } };
}
