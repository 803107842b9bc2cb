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

/** OpenSSL's names for a chain that ends at no trusted authority. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Alerts of RFC 8446, 6.2, in OpenSSL's spelling, that a server sends which wants another client certificate, or any at all. */
const CLIENT_ALERT =
  /alert (?:certificate required|handshake failure|bad certificate|unknown ca|certificate unknown|access denied)/;

/** What undici's `connect` takes. @throws GatewayError INVALID_SETTING if a file cannot be read. */
export function connectOptions(tls: MlflowTls): Record<string, unknown> {
  const client = tls.clientCertPath === null ? null : readPem(tls.clientCertPath);
  return {
    ...(tls.insecure ? { rejectUnauthorized: false } : {}),
    ...(tls.caPath === null ? {} : { ca: readPem(tls.caPath) }),
    ...(client === null ? {} : { cert: client, key: client }),
  };
}

/** Why an `https:` connection could not be made secure, and which setting mends it; `null` for errors of another kind. */
export function tlsProblem(error: unknown): string | null {
  const code = String((error as NodeJS.ErrnoException | null)?.code ?? '');
  const message = messageOf(error);
  if (UNTRUSTED.has(code)) {
    return (
      `its certificate is signed by no authority that is trusted here (${code}); ` +
      'MLFLOW_TRACKING_SERVER_CERT_PATH must name a PEM file with the authority that signed it'
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${message}; the URI must name the server as its certificate does`;
  }
  if (/wrong version number|packet length too long/.test(message)) {
    return 'no TLS is spoken on this port; is the URI http:// there?';
  }
  // In TLS 1.3 the server's alert comes when the client is connected already, and is lost with the request.
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') {
    return `${message}; a server that wants another client certificate (MLFLOW_TRACKING_CLIENT_CERT_PATH) does that, too`;
  }
  const alert = CLIENT_ALERT.exec(message);
  if (alert === null) return null;
  return (
    `the server wants a client certificate, or another one (TLS ${alert[0]}); ` +
    'MLFLOW_TRACKING_CLIENT_CERT_PATH must name a PEM file with a certificate that it takes, and its key'
  );
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
