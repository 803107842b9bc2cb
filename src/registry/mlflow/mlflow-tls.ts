import { readFileSync } from 'node:fs';
import { GatewayError, messageOf } from '../../errors.ts';

/** The meaning of MLflow's `MLFLOW_TRACKING_INSECURE_TLS`, `…_SERVER_CERT_PATH` and `…_CLIENT_CERT_PATH`. */
export interface MlflowTls {
  /** Accept any certificate. Not together with `caPath`. */
  readonly insecure: boolean;
  /** PEM file with the authorities to trust instead of the usual ones. */
  readonly caPath: string | null;
  /** One PEM file with the client's certificate and key. */
  readonly clientCertPath: string | null;
}

/** What undici's `connect` takes. @throws GatewayError INVALID_SETTING if a file cannot be read. */
export function connectOptions(tls: MlflowTls): Record<string, unknown> {
  const client = tls.clientCertPath === null ? null : readPem(tls.clientCertPath);
  return {
    ...(tls.insecure ? { rejectUnauthorized: false } : {}),
    ...(tls.caPath === null ? {} : { ca: readPem(tls.caPath) }),
    ...(client === null ? {} : { cert: client, key: client }),
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new GatewayError(
      'INVALID_SETTING',
      `cannot read the certificate file "${path}": ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
