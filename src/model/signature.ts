import type { TensorSpec } from './tensor.ts';

/** Column types in MLflow's words (`integer` is 32 bits, `long` 64), plus the ones that only a graph can name. */
export type ColumnType =
  | 'boolean'
  | 'integer'
  | 'long'
  | 'float'
  | 'double'
  | 'string'
  | 'int8'
  | 'int16'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'float16';

/** One value (or, with a `cellShape`, one nested list) of a row, and where it goes in the graph's inputs. */
export interface InputColumn {
  /** `null`: the column has a position and no name. Either all columns of a signature are named or none. */
  readonly name: string | null;
  /** What the signature declares, or the graph input's own type. Restricts the values that are accepted. */
  readonly type: ColumnType;
  /** Index into `Signature.inputs`. */
  readonly input: number;
  /** First element of this column within one row of that input. */
  readonly offset: number;
  /** `[]` for a plain value; `[28, 28]` for a nested list of that shape. */
  readonly cellShape: readonly number[];
  /** False: a row may leave the column out; it is then read as `null`. */
  readonly required: boolean;
  /**
   * Whether `null` may stand here, for NaN or for `MISSING_TEXT`: the column is floating or text, and the model gives an
   * answer for it.
   */
  readonly takesNaN: boolean;
  /**
   * The only values besides missing ones that the model gives an answer for, as they stand in the input (a boolean is 0
   * or 1); left out: any.
   */
  readonly knownValues?: readonly (string | number)[];
}

/** A class label as trained. Integers are bigint, so that 64-bit labels are exact. */
export type ClassLabel = string | bigint | boolean;

/** What the outputs of a graph mean (contract section 5, last paragraph). */
export type Task =
  | {
      readonly kind: 'classifier';
      /** Index of the label output, `[rows]` or `[rows, 1]`. */
      readonly labelOutput: number;
      /** Index of the score output, `[rows, classes]`; `null` if the model gives labels alone. */
      readonly scoresOutput: number | null;
      /** The labels, in the order of the score's columns; `null` if the graph does not tell them. */
      readonly labels: readonly ClassLabel[] | null;
      /** `unknown` until the warm-up rows have decided (scores in [0, 1] whose rows sum to 1 are probabilities). */
      readonly scores: 'probabilities' | 'other' | 'unknown';
    }
  | {
      readonly kind: 'multi-label';
      /** Indices of the label outputs: several of `[rows]`, or one of `[rows, labels]`. */
      readonly labelOutputs: readonly number[];
    }
  | {
      readonly kind: 'regressor' /** Index of the output, `[rows]` or `[rows, targets]`. */;
      readonly output: number;
    }
  | { readonly kind: 'other' };

/** What goes into a model and what comes out. Tensors everywhere stand in the order of `inputs` and `outputs`. */
export interface Signature {
  /** The graph's inputs, in graph order. */
  readonly inputs: readonly TensorSpec[];
  /** The graph's tensor outputs, in graph order (outputs that are no tensors are left out). */
  readonly outputs: readonly TensorSpec[];
  /** In the order in which a positional row gives them. Empty only if `variableWidth`. */
  readonly columns: readonly InputColumn[];
  /** One input `[rows, k]` with k variable and no declared columns: a row is any number of positional values. */
  readonly variableWidth: boolean;
  /** Not null: the graph takes exactly this many rows, so requests cannot be batched together. */
  readonly fixedRows: number | null;
  readonly task: Task;
  /** Where the columns come from. */
  readonly source: 'mlmodel' | 'graph';
}
