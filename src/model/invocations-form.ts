/**
 * What `/invocations` answers for a row (contract 4.2).
 *
 * `records`: an object of output → value, as MLflow's ONNX flavour. `predictions`: the plain prediction, as its
 * scikit-learn flavour.
 */
export type InvocationsForm = 'predictions' | 'records';
