import { join, posix } from 'node:path';
import { GatewayError } from '../../errors.ts';
import { guessFileKind } from '../../model/file-kind.ts';
import type { InvocationsForm } from '../../model/invocations-form.ts';
import type { MlModel, MlModelColumn } from '../../model/ml-model.ts';
import type { Signature } from '../../model/signature.ts';
import type { PreparedModel } from '../model-format.ts';
import { columnsOf } from './columns.ts';
import { externalFilesOf, placeBeside, resolveFile } from './external-data.ts';
import { GraphIndex } from './graph-index.ts';
import { fixedRowsOf, inputSpecsOf } from './graph-inputs.ts';
import { taskOf } from './graph-task.ts';
import { readInputExample } from './input-example.ts';
import { type NamedTask, taskByName } from './named-task.ts';
import type { OnnxModel } from './onnx-model.ts';
import { type OutputPlan, planOutputs } from './plan-outputs.ts';
import { quote } from './quote.ts';
import { readModel } from './read-model.ts';
import { sessionOptionsOf } from './session-options.ts';
import { WireFile } from './wire-file.ts';
import { hasEdits, writeEditedModel } from './write-model.ts';

/** Where a graph and the version that it is of lie, and what is known of them. */
export interface GraphPlace {
  /** Holds the graph's file and its external data; nothing outside of it is read for them. */
  readonly directory: string;
  /** The graph's file, relative to `directory`. */
  readonly file: string;
  /** The version's own directory, where its input example lies. */
  readonly modelDirectory: string;
  readonly mlmodel: MlModel | null;
  /** Where an edited copy is written. */
  readonly workDirectory: string;
  /** Most threads that the model's own session options can ask for. */
  readonly maxThreads: number;
}

/** What is known of a graph that was made here, which its operators do not tell. */
export interface GraphFacts {
  /** Columns, where the MLmodel has no signature. */
  readonly columns: readonly MlModelColumn[] | null;
  /** Names of inputs → whether each of their elements may be NaN, or `MISSING_TEXT`. */
  readonly takesNaN: ReadonlyMap<string, readonly boolean[]>;
  /** Names of inputs → for each of their elements the only values that it may have; `null`: any. */
  readonly knownValues: ReadonlyMap<string, readonly (readonly (string | number)[] | null)[]>;
  readonly task: NamedTask;
  /** What `/invocations` answers if the settings do not say. */
  readonly invocations: InvocationsForm;
}

/** External data files that the graph needs and that are not there yet, relative to `directory`. */
export async function findMissingData(directory: string, modelFile: string): Promise<readonly string[]> {
  using file = await openModel(directory, modelFile);
  const model = await readModelFile(file, new AbortController().signal);
  const names = externalFilesOf(model.externalData).map(({ location }) => besides(modelFile, location));
  const present = await Promise.all(names.map((name) => fileExists(directory, name)));
  return names.filter((_, index) => !present[index]);
}

/**
 * Reads a graph, decides what of it is served and how, and edits it where it must be. Blocks the thread that it runs on,
 * for some milliseconds a megabyte.
 *
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL.
 */
export async function prepareGraph(
  place: GraphPlace,
  facts: GraphFacts | null,
  signal: AbortSignal,
): Promise<Omit<PreparedModel, 'format' | 'conversion'>> {
  signal.throwIfAborted();
  const { directory, mlmodel, workDirectory } = place;
  using file = await openModel(directory, place.file);
  const model = await readModelFile(file, signal);
  const externalFiles = externalFilesOf(model.externalData);
  const sources = await Promise.all(
    externalFiles.map(({ location, minBytes }) =>
      resolveFile(directory, join(directory, besides(place.file, location)), minBytes),
    ),
  );
  const index = new GraphIndex(file, model.graph);
  const { signature, plan, notes } = describe(index, mlmodel, facts);
  let graphPath = join(directory, place.file);
  if (hasEdits(plan.edits)) {
    graphPath = join(workDirectory, posix.basename(place.file));
    for (const [position, { location }] of externalFiles.entries()) {
      signal.throwIfAborted();
      await placeBeside(sources[position] as string, workDirectory, location);
    }
    await writeEditedModel(file, model, plan.edits, graphPath, signal);
  }
  const session = sessionOptionsOf(mlmodel?.flavors.onnx?.onnx_session_options, place.maxThreads);
  const example = await readInputExample(place.modelDirectory, mlmodel, signature);
  return {
    graphPath,
    signature,
    options: session.options,
    invocations: facts?.invocations ?? formByFlavor(mlmodel),
    exampleRows: example.rows,
    notes: [...notes, ...session.notes, ...example.notes],
  };
}

/** As MLflow's own server answers for the flavours. */
function formByFlavor(mlmodel: MlModel | null): InvocationsForm {
  const isOnnxAlone = mlmodel !== null && 'onnx' in mlmodel.flavors && !('sklearn' in mlmodel.flavors);
  return isOnnxAlone ? 'records' : 'predictions';
}

interface Description {
  readonly signature: Signature;
  readonly plan: OutputPlan;
  readonly notes: readonly string[];
}

function describe(index: GraphIndex, mlmodel: MlModel | null, facts: GraphFacts | null): Description {
  const inputs = inputSpecsOf(index.graph);
  const fixedRows = fixedRowsOf(inputs);
  const maybeNaN = index.namesThatMayBeNaN();
  // Only graphs that are made here know what a missing text is.
  const texts = new Set(inputs.flatMap(({ name, type }) => (type === 'string' ? [name] : [])));
  const { notes, ...columns } = columnsOf(
    inputs,
    mlmodel?.inputs ?? facts?.columns ?? null,
    (input, element) =>
      facts === null
        ? maybeNaN.has(input) && !texts.has(input)
        : (facts.takesNaN.get(input)?.[element] ?? false),
    (input, element) => facts?.knownValues.get(input)?.[element] ?? undefined,
  );
  const plan = planOutputs(index, fixedRows === null);
  if (plan.outputs.length === 0) {
    const why = plan.notes.length > 0 ? `: ${plan.notes.join('; ')}` : '';
    throw new GatewayError('UNSUPPORTED_MODEL', `the graph has no output that can be served${why}`);
  }
  const outputs = plan.outputs.map(({ spec }) => spec);
  const task = facts === null ? taskOf(index, plan.outputs) : taskByName(index, facts.task, plan.outputs);
  const signature = { inputs, outputs, ...columns, fixedRows, task };
  return { signature, plan, notes: [...notes, ...plan.notes] };
}

async function openModel(directory: string, modelFile: string): Promise<WireFile> {
  return new WireFile(await resolveFile(directory, join(directory, modelFile), 0), modelFile);
}

/** Reads the model, and where that fails says what the file looks like instead, if that can be told. */
async function readModelFile(file: WireFile, signal: AbortSignal): Promise<OnnxModel> {
  try {
    return await readModel(file, signal);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const kind = guessFileKind(file.bytes({ start: 0, end: Math.min(256, file.size) }));
    if (kind === null) throw error;
    throw new GatewayError(
      'INVALID_MODEL',
      `the file ${quote(file.name)} is no ONNX model: it looks like ${kind}`,
      {
        cause: error,
      },
    );
  }
}

export async function fileExists(directory: string, path: string): Promise<boolean> {
  return resolveFile(directory, join(directory, path), 0).then(
    () => true,
    () => false,
  );
}

/** `location` of external data as a path relative to the model directory. */
function besides(modelFile: string, location: string): string {
  return posix.join(posix.dirname(modelFile), location);
}
