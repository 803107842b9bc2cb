import type { GraphOptions } from '../model/graph.ts';
import type { InvocationsForm } from '../model/invocations-form.ts';
import type { MlModel } from '../model/ml-model.ts';
import type { Precision } from '../model/precision.ts';
import type { Signature } from '../model/signature.ts';

/** How a version's files became a graph that they did not hold. */
export interface ConversionReport {
  /** Format of the model file: `skops`, `pickle`, `ubj`, … */
  readonly sourceFormat: string;
  /** The library that wrote it, e.g. `sklearn`, and its version where the file or the MLmodel tells it. */
  readonly library: string;
  readonly libraryVersion: string | null;
  /** Goes up with every change of what a model becomes. */
  readonly converterVersion: string;
  /** What the model is made of, in short: `Pipeline(StandardScaler, LogisticRegression)`. */
  readonly estimator: string;
  /** What reading and converting took when it was done, in milliseconds. */
  readonly conversionMs: number;
  /** Whether the graph was made earlier, by this or another process, and found again. */
  readonly fromCache: boolean;
  readonly graphBytes: number;
  readonly precision: Precision;
  /** Largest |Δ| / (1 + |y|) from the library's own answers, in double precision. */
  readonly tolerance: number;
  /** Whether a run fails on values that the library refuses, whatever other rows it has: rows then run by themselves. */
  readonly refusesValues: boolean;
}

/** A version's files turned into one graph that the engine can load, and what is known of it without running it. */
export interface PreparedModel {
  /** `onnx`, or the library whose model was converted: `sklearn`, `xgboost`, `lightgbm`. */
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
  /** `null` if the version holds the graph itself. */
  readonly conversion: ConversionReport | null;
  /** Sentences for the operator: what was ignored or changed, e.g. `output "extra" is no tensor and is left out`. */
  readonly notes: readonly string[];
}

/** Files that are made of a version's files once, lie with them from then on, and go with them. */
export interface DerivedFiles {
  /** Absolute path of the file that was kept under `name`; `null` if there is none. */
  find(name: string): Promise<string | null>;

  /**
   * Moves the file at `path`, which lies in the version's work directory, to where every process that uses the cache
   * finds it; in place of one of that name, whose content must be the same unless it is damaged.
   *
   * @returns where it lies now.
   * @throws GatewayError CACHE_UNAVAILABLE: it lies where it lay.
   */
  keep(name: string, path: string): Promise<string>;
}

/** One version's local copy, and where work on it may write. */
export interface LocalVersion {
  /** The version's files, read-only. */
  readonly directory: string;
  /** Over all of them, `sha256:<hex>`. */
  readonly digest: string;
  /** Exists, empty, on the same file system. */
  readonly workDirectory: string;
  readonly derived: DerivedFiles;
  /** What a graph that is made here calculates in. */
  readonly precision: Precision;
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
   * complete. Asked of the format that claims the version, where artifacts cannot be listed: the cache fetches them and
   * asks again.
   */
  missingFiles(directory: string): Promise<readonly string[]>;

  /**
   * Reads the version and writes what it must change into the work directory, or has it kept with the version's files.
   * Running it again gives the same result.
   *
   * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL that says what is wrong and how to mend it.
   */
  prepare(version: LocalVersion, signal: AbortSignal): Promise<PreparedModel>;
}
