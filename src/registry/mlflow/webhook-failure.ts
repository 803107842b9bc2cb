import { GatewayError } from '../../errors.ts';
import type { MlflowAnswer } from './mlflow-client.ts';
import { printable } from './mlflow-errors.ts';

type Refusal = Extract<MlflowAnswer, { readonly ok: false }>;

/** Why MLflow did not do what it was asked about webhooks, and what to do about it. */
export function webhookFailure({ status, errorCode, message }: Refusal, server: string): GatewayError {
  if (status === 403) {
    const text =
      `MLflow at ${server} lets only administrators see and change webhooks (403); ` +
      'give MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD of one to this command; the gateway itself needs none';
    return new GatewayError('REGISTRY_FORBIDDEN', text);
  }
  if (status === 500) {
    const text =
      `MLflow at ${server} fails on its webhooks (500); it does once their secrets cannot be decrypted: ` +
      'is its MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY the one that they were made with (see docs/mlflow.md, Webhooks)?';
    return new GatewayError('REGISTRY_UNAVAILABLE', text);
  }
  const said = [errorCode, message].filter(Boolean).join(': ');
  return new GatewayError(
    'INVALID_INPUT',
    `MLflow refuses it: ${printable(said).replace(/\.$/, '')}${adviceOn(message)}`,
  );
}

/** Sources: `_validate_webhook_url` in `mlflow/utils/validation.py`, `mlflow/environment_variables.py`. */
function adviceOn(message: string): string {
  if (/URL scheme/i.test(message)) {
    return '; give an https URL, or start the MLflow server with MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http,https';
  }
  if (/non-public IP/i.test(message)) {
    return '; give a public host, or start the MLflow server with MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true';
  }
  return '';
}
