import { GatewayError } from '../../../../errors.ts';

/** The refusal of a pickle that Python may read, but that is no model as MLflow saves it. */
export function unsupported(what: string): GatewayError {
  return new GatewayError(
    'UNSUPPORTED_MODEL',
    `the pickle ${what}, which is not read: save the model with mlflow.sklearn.log_model`,
  );
}
