import type { GraphOptions } from '../model/graph.ts';
import type { InvocationsForm } from '../model/invocations-form.ts';
import type { MlModel } from '../model/ml-model.ts';
import type { Signature } from '../model/signature.ts';

/** A version's files turned into one graph that the engine can load, and what is known of it without running it. */
export interface PreparedModel {
  /** Name of the format, e.g. `onnx`. */
  readonly format: string;
  /** Absolute path of the graph file to load. External data lies beside it. */
  readonly graphPath: string;
  readonly signature: Signature;
  readonly options: GraphOptions;
  /** What `/invocations` answers if the settings do not say: as the flavours that the version was logged with. */
  readonly invocations: InvocationsForm;
  /**
   * Rows of the saved input example as parsed JSON, each a list in column order or an object by column name;
   * `null` if there is none. Feed them to `decodeRows`.
   */
  readonly exampleRows: readonly unknown[] | null;
  /** Sentences for the operator: what was ignored or changed, e.g. `output "extra" is no tensor and is left out`. */
  readonly notes: readonly string[];
}

/** How the files of a version become a graph. One folder an adapter. Pure of engine and registry. */
export interface ModelFormat {
  readonly name: string;

  /**
   * Whether this format serves the version, told by its MLmodel alone where there is one (so that nothing more
   * is downloaded), else by the file names of the directory.
   */
  claims(mlmodel: MlModel | null, paths: readonly string[]): boolean;

  /**
   * Names of files that the model needs and that are not in `directory` yet, each relative to it; empty when
   * complete. Used where artifacts cannot be listed: the cache fetches them and asks again.
   */
  missingFiles(directory: string): Promise<readonly string[]>;

  /**
   * Reads `directory` (one version's local copy, read-only) and writes what it must change into `workDirectory`
   * (exists, empty, on the same file system). Running it again on the same directory gives the same result.
   *
   * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL that says what is wrong and how to mend it.
   */
  prepare(directory: string, workDirectory: string, signal: AbortSignal): Promise<PreparedModel>;
}
