import { join } from 'node:path';
import { Secret } from '../model/secret.ts';
import {
  type MlflowAccess,
  type MlflowAccessSources,
  type MlflowCredentials,
  readMlflowAccess,
} from './mlflow-access.ts';
import { findMountedModel, type MountSources, readModelDirectory } from './mounted-directory.ts';
import { path } from './setting-parsers.ts';
import { showValue } from './setting-problems.ts';
import type { GivenValue, SettingReader } from './setting-reader.ts';

/** Which registry is followed. `decidedBy` names the setting that decided it, for the first log line. */
export type RegistryChoice =
  /** One version's directory, as container platforms mount it; its model is called `model` unless it is named. */
  | { readonly kind: 'model-directory'; readonly directory: string; readonly decidedBy: string }
  /** A directory registry. `isPackaged`: it is the one with the example models beside the package. */
  | {
      readonly kind: 'directory';
      readonly directory: string;
      readonly isPackaged: boolean;
      readonly decidedBy: string;
      /** The models that lay in it at the start, where it is a mounted model directory. */
      readonly mountedNames?: readonly string[];
    }
  /** An MLflow server. `uri` has no user info, query or slash at its end and is safe to print. */
  | ({ readonly kind: 'mlflow'; readonly uri: string; readonly decidedBy: string } & MlflowAccess);

export interface RegistrySources extends MlflowAccessSources, MountSources {
  readonly packageRoot: string;
}

const OR_DIRECTORY = 'or set SWITCHYARD_REGISTRY_DIR to follow a directory';

/**
 * Decides by contract section 2: a model directory, else a registry directory, else MLflow, else what a container
 * platform mounted, else the packaged models. MLflow's other variables are looked at only if its server is followed.
 * The registry directory is not looked into: one that is missing is an outage, which must not stop a restart on the
 * same cache.
 */
export function readRegistryChoice(reader: SettingReader, sources: RegistrySources): RegistryChoice {
  const packaged = join(sources.packageRoot, 'models-fixtures');
  const modelDirectory = readModelDirectory(reader, sources);
  if (modelDirectory !== null) return modelDirectory;
  const registryDir = reader.given('SWITCHYARD_REGISTRY_DIR');
  if (registryDir !== null) {
    const directory = reader.parse(registryDir, path(sources.workingDirectory)) ?? packaged;
    return { kind: 'directory', directory, isPackaged: directory === packaged, decidedBy: registryDir.label };
  }
  const server = reader.given('MLFLOW_REGISTRY_URI') ?? reader.given('MLFLOW_TRACKING_URI');
  if (server !== null) return readMlflow(server, reader, sources);
  const mounted = findMountedModel(reader, sources);
  return mounted ?? { kind: 'directory', directory: packaged, isPackaged: true, decidedBy: 'default' };
}

function readMlflow(given: GivenValue, reader: SettingReader, sources: RegistrySources): RegistryChoice {
  const problem = mlflowUriProblem(given.value);
  if (problem !== null) reader.refuse(given, problem);
  const url = problem === null ? new URL(String(given.value)) : null;
  reportUnsupportedAuth(given, reader, sources);
  return {
    kind: 'mlflow',
    uri: url === null ? '' : `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
    decidedBy: given.label,
    ...readMlflowAccess(reader, sources, url === null ? null : userInfoOf(url)),
  };
}

/** What is wrong with a tracking URI and what to do about it; `null` if it is an `http(s)` URL. */
function mlflowUriProblem(value: unknown): string | null {
  if (typeof value !== 'string') return 'allowed: the http(s) URL of an MLflow server';
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(value)?.[1]?.toLowerCase() ?? '';
  if (scheme === 'http' || scheme === 'https') {
    if (/\s/.test(value) || !URL.canParse(value))
      return 'that is no URL; allowed: such as http://mlflow:5000';
    return null;
  }
  if (/^[\w.-]+:\d+(\/|$)/.test(value)) return `the scheme is missing; did you mean "http://${value}"?`;
  if (/^(databricks|uc)/i.test(scheme) || /^databricks(-uc)?$/i.test(value)) {
    return `the registry of Databricks is not supported; set the http(s) URL of an MLflow server, ${OR_DIRECTORY}`;
  }
  const start = `start "mlflow server --backend-store-uri ${showValue(value).slice(1, -1)}"`;
  const setUrl = 'and set its URL (such as http://127.0.0.1:5000)';
  if (/^(sqlite|postgres|postgresql|mysql|mssql|oracle)(\+|$)/.test(scheme)) {
    return `that is a database, which only an MLflow server can read: ${start} ${setUrl}, ${OR_DIRECTORY}`;
  }
  if (scheme === '' || scheme === 'file') {
    return `that is a directory of MLflow's file store, which only an MLflow server can read: ${start} ${setUrl}, ${OR_DIRECTORY}`;
  }
  return `allowed: the http(s) URL of an MLflow server, ${OR_DIRECTORY}`;
}

function userInfoOf(url: URL): MlflowCredentials | null {
  if (url.username === '' && url.password === '') return null;
  const decode = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  };
  return { kind: 'basic', username: decode(url.username), password: new Secret(decode(url.password)) };
}

// Ways to authenticate that would otherwise fail later, as 401 or 403 of a registry that refuses us.
function reportUnsupportedAuth(given: GivenValue, reader: SettingReader, sources: RegistrySources): void {
  const isOn = (value = '') => /^(true|1)$/i.test(value.trim());
  const set = [
    isOn(sources.env.MLFLOW_TRACKING_AWS_SIGV4) ? 'MLFLOW_TRACKING_AWS_SIGV4' : '',
    sources.env.MLFLOW_TRACKING_AUTH?.trim() ? 'MLFLOW_TRACKING_AUTH' : '',
  ];
  for (const name of set.filter((entry) => entry !== '')) {
    reader.report({ ...given, label: name, pointer: name }, 'not supported by this version yet');
  }
}
