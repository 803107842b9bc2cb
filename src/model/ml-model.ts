/** A column of an MLmodel signature. `name` is null for positional columns. */
export interface MlModelColumn {
  readonly kind: 'column';
  readonly name: string | null;
  /** MLflow's word: `double`, `long`, `string`, `datetime`, `array`, … */
  readonly type: string;
  readonly required: boolean;
}

/** A tensor of an MLmodel signature; −1 is a variable dimension. */
export interface MlModelTensor {
  readonly kind: 'tensor';
  readonly name: string | null;
  /** numpy's name: `float32`, `int64`, `str`, `object`, … */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** What Switchyard uses of a version's `MLmodel` file. Everything in it may be absent. */
export interface MlModel {
  /** Flavour name → its settings, e.g. `onnx`, `sklearn`, `python_function`. */
  readonly flavors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly inputs: readonly (MlModelColumn | MlModelTensor)[] | null;
  readonly outputs: readonly (MlModelColumn | MlModelTensor)[] | null;
  readonly runId: string | null;
  readonly mlflowVersion: string | null;
  /** Where the saved input example lies, relative to the model directory. */
  readonly inputExample: { readonly path: string; readonly type: string } | null;
}
