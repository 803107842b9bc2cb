/**
 * What `/invocations` answers for a row (contract 4.2).
 *
 * `records`: an object of output → value, as MLflow's ONNX flavour. `predictions`: the plain prediction, as its
 * scikit-learn flavour. An output by its name: that alone, as where a model was logged with another `pyfunc_predict_fn`
 * than `predict`.
 */
export type InvocationsForm = 'predictions' | 'records' | { readonly output: string };
