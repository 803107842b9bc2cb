import { join } from 'node:path';
import { Secret } from '../model/secret.ts';
import { type ObjectStoreAccess, readObjectStoreAccess } from './object-store.ts';
import { readPemFile } from './pem-file.ts';
import { flag, password, type SettingParser, text, token } from './setting-parsers.ts';
import type { SettingReader } from './setting-reader.ts';

/** How the gateway says who it is. */
export type MlflowCredentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret };

/** TLS towards the MLflow server. The files existed, were readable and held PEM at start. */
export interface MlflowTls {
  /** Any certificate is taken. */
  readonly insecure: boolean;
  /** PEM file with the authorities to verify with; `null` for the public ones. */
  readonly caPath: string | null;
  /** PEM file with a client certificate and its key; `null` for none. */
  readonly clientCertPath: string | null;
}

/** What MLflow's own client takes from its environment (MLflow 3.17: `utils/credentials.py`, `utils/rest_utils.py`). */
export interface MlflowAccess {
  readonly credentials: MlflowCredentials | null;
  readonly tls: MlflowTls;
  readonly workspace: string | null;
  readonly objectStore: ObjectStoreAccess;
}

export interface MlflowAccessSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
  readonly workingDirectory: string;
  /** Where `.mlflow/credentials` may lie; `null` if unknown. */
  readonly homeDirectory: string | null;
}

// RFC 7617 section 2: a user name with a colon cannot be told from its password.
const username: SettingParser<string> = {
  allowed: 'a text without ":" and control characters',
  parse: (value) => {
    const parsed = text.parse(value);
    return parsed?.includes(':') ? undefined : parsed;
  },
};

/** Reads credentials, TLS and workspace; what is wrong is reported to `reader`. */
export function readMlflowAccess(
  reader: SettingReader,
  sources: MlflowAccessSources,
  uriCredentials: MlflowCredentials | null,
): MlflowAccess {
  return {
    credentials: readCredentials(reader, sources, uriCredentials),
    tls: readTls(reader, sources),
    workspace: reader.read('MLFLOW_WORKSPACE', text),
    objectStore: readObjectStoreAccess(reader, sources),
  };
}

// User info in the URI wins, as in requests, which MLflow's client is built on; then user and password; then the token.
function readCredentials(
  reader: SettingReader,
  sources: MlflowAccessSources,
  uriCredentials: MlflowCredentials | null,
): MlflowCredentials | null {
  const bearer = reader.read('MLFLOW_TRACKING_TOKEN', token);
  const givenUsername = reader.given('MLFLOW_TRACKING_USERNAME');
  const givenPassword = reader.given('MLFLOW_TRACKING_PASSWORD');
  const file = givenUsername && givenPassword ? new Map<string, string>() : readCredentialsFile(sources);
  const user = givenUsername
    ? reader.parse(givenUsername, username)
    : (file.get('mlflow_tracking_username') ?? null);
  const secret = givenPassword
    ? reader.parse(givenPassword, password)
    : (file.get('mlflow_tracking_password') ?? null);
  if (uriCredentials !== null) return uriCredentials;
  if (user !== null && secret !== null) {
    return { kind: 'basic', username: user, password: new Secret(secret) };
  }
  if (bearer !== null) return { kind: 'bearer', token: new Secret(bearer) };
  if (givenUsername && user !== null && !givenPassword)
    reader.report(givenUsername, 'needs MLFLOW_TRACKING_PASSWORD, too');
  if (givenPassword && secret !== null && !givenUsername)
    reader.report(givenPassword, 'needs MLFLOW_TRACKING_USERNAME, too');
  return null;
}

function readTls(reader: SettingReader, sources: MlflowAccessSources): MlflowTls {
  const given = reader.given('MLFLOW_TRACKING_INSECURE_TLS');
  const insecure = given !== null && reader.parse(given, flag) === true;
  const caPath = readPemFile('MLFLOW_TRACKING_SERVER_CERT_PATH', ['CERTIFICATE'], reader, sources);
  if (given !== null && insecure && reader.given('MLFLOW_TRACKING_SERVER_CERT_PATH') !== null) {
    reader.report(given, 'cannot be true together with MLFLOW_TRACKING_SERVER_CERT_PATH; unset one of them');
  }
  const client = readPemFile(
    'MLFLOW_TRACKING_CLIENT_CERT_PATH',
    ['CERTIFICATE', 'PRIVATE KEY'],
    reader,
    sources,
  );
  return { insecure, caPath, clientCertPath: client };
}

// As Python's configparser reads it: keys in any case, "=" or ":", "%%" for "%"; a file that cannot be read is none.
function readCredentialsFile(sources: MlflowAccessSources): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (sources.homeDirectory === null) return found;
  let content: string;
  try {
    content = sources.readFile(join(sources.homeDirectory, '.mlflow', 'credentials'));
  } catch {
    return found;
  }
  let section = '';
  for (const line of content.split(/\r?\n/)) {
    section = /^\[([^\]]+)\]/.exec(line)?.[1] ?? section;
    const [, key, value] = /^([^\s=:#;[][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (section !== 'mlflow' || key === undefined || !value) continue;
    found.set(key.toLowerCase(), value.replaceAll('%%', '%'));
  }
  return found;
}
