/** What of an estimator answers a request: MLflow's `predict_fn`. */
export type PredictMethod = 'predict' | 'predict_proba' | 'predict_log_proba';

const METHODS: readonly PredictMethod[] = ['predict', 'predict_proba', 'predict_log_proba'];

/** `null` for methods that no request can be answered with, `score` for instance, which needs the answers. */
export function predictMethodOf(name: unknown): PredictMethod | null {
  return METHODS.find((method) => method === name) ?? null;
}
