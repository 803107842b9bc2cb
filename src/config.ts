import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { checkFileKeys, checkVariableNames } from './config/check-names.ts';
import { readConfigFile } from './config/config-file.ts';
import { type DefaultModel, readDefaultModel } from './config/default-model.ts';
import { type Limits, readLimits } from './config/limits.ts';
import { type ListFolder, listFolder } from './config/list-folder.ts';
import { type Listening, readListening } from './config/listening.ts';
import { readMachineFacts } from './config/machine-facts.ts';
import { type RegistryChoice, readRegistryChoice } from './config/registry-choice.ts';
import { readServedModels } from './config/served-models.ts';
import * as parsers from './config/setting-parsers.ts';
import { SettingProblems } from './config/setting-problems.ts';
import { SettingReader } from './config/setting-reader.ts';
import type { Variable } from './config/settings.ts';
import type { FollowedModel } from './lifecycle/model-policy.ts';
import { Secret } from './model/secret.ts';

/** All settings, checked and deeply frozen. */
export interface Config extends Listening, Limits {
  readonly registry: RegistryChoice;
  /** At least one. Routes of entries with a name are unique. */
  readonly models: readonly FollowedModel[];
  readonly defaultModel: DefaultModel;
  readonly whenUnassigned: 'keep' | 'unload';
  /** Whether MLflow is told what becomes of each version. */
  readonly verdictTags: boolean;
  /** How this gateway signs what it tells; `null`: not at all. */
  readonly gatewayName: string | null;
  /** Normalised, without a slash at the end. */
  readonly artifactOrigins: readonly string[];
  /** Absolute directories. */
  readonly artifactRoots: readonly string[];
  /** Absolute. */
  readonly cacheDir: string;
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'pretty';
  /** `null`: the operator routes answer 403. */
  readonly adminToken: Secret | null;
  /** `null`: the webhook route answers 403. */
  readonly webhookSecret: Secret | null;
  /** The YAML file that was read, as it was named. */
  readonly configFile: string | null;
  /** Variables that Kubernetes set for a Service of our name, for one log line; their values are not to be printed. */
  readonly ignoredVariables: readonly string[];
}

/** pino's levels. */
export type LogLevel = (typeof LOG_LEVELS)[number];

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What the command line gave. */
export interface ConfigFlags {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly grpcPort?: string | undefined;
  readonly modelDir?: string | undefined;
  readonly modelName?: string | undefined;
  readonly config?: string | undefined;
  /** The command was the bare word `serve`, as SageMaker starts containers. */
  readonly serveWord: boolean;
}

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: ConfigFlags;
  /** The directory that holds `models-fixtures`. */
  readonly packageRoot: string;
  readonly cpuCount: number;
  readonly memoryLimitBytes: number | null;
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
  /** `/opt/ml` exists, so that `serve` means port 8080. Default: false. */
  readonly isSageMaker?: boolean;
  /** Where `.cache` and `.mlflow` lie. Default: the variable `HOME`. */
  readonly homeDirectory?: string | null;
  /** What relative paths are relative to, those of the YAML file too. Default: the process's. */
  readonly workingDirectory?: string;
  /** @throws as `fs.readFileSync` does. Default: reads the disk. */
  readonly readFile?: (path: string) => string;
  /** For directories that platforms mount. Default: reads the disk. */
  readonly listFolder?: ListFolder;
}

/**
 * Reads every setting: flags win over the environment, the environment over the YAML file. Pure but for `readFile`
 * and `listFolder`.
 *
 * @throws GatewayError INVALID_SETTING that names every problem at once; `problems` has one entry for each.
 */
export function readConfig(sources: ConfigSources): Config {
  const { env, flags } = sources;
  const workingDirectory = sources.workingDirectory ?? process.cwd();
  const homeDirectory = sources.homeDirectory ?? (env.HOME?.trim() || null);
  const readFile = sources.readFile ?? ((path) => readFileSync(path, 'utf8'));
  const problems = new SettingProblems();

  const filePath = flags.config ?? (env.SWITCHYARD_CONFIG?.trim() || null);
  const fileLabel = flags.config === undefined ? 'SWITCHYARD_CONFIG' : '--config';
  const readNamed = (path: string) => readFile(resolve(workingDirectory, path));
  const file = filePath === null ? null : readConfigFile(filePath, fileLabel, readNamed, problems);
  const ignoredVariables = checkVariableNames(env, problems);
  checkFileKeys(file, problems);

  const flagValues = {
    HOST: { name: '--host', value: flags.host },
    PORT: { name: '--port', value: flags.port },
    SWITCHYARD_GRPC_PORT: { name: '--grpc-port', value: flags.grpcPort },
    SWITCHYARD_MODEL_DIR: { name: '--model-dir', value: flags.modelDir },
    SWITCHYARD_MODEL_NAME: { name: '--model-name', value: flags.modelName },
  };
  const reader = new SettingReader({ env, file, flags: flagValues }, problems);
  const registry = readRegistryChoice(reader, {
    env,
    readFile,
    listFolder: sources.listFolder ?? listFolder,
    workingDirectory,
    homeDirectory,
    packageRoot: sources.packageRoot,
  });
  const models = readServedModels(reader, registry);
  const config: Config = {
    registry,
    models,
    defaultModel: readDefaultModel(reader, models, registry.kind === 'directory' && registry.isPackaged),
    ...readListening(reader, flags.serveWord && sources.isSageMaker === true, workingDirectory),
    ...readLimits(reader, sources),
    whenUnassigned: reader.read('SWITCHYARD_WHEN_UNASSIGNED', parsers.oneOf(['keep', 'unload'])) ?? 'keep',
    verdictTags: readVerdictTags(reader, registry),
    gatewayName: reader.read('SWITCHYARD_GATEWAY_NAME', parsers.shortName),
    artifactOrigins: reader.read('SWITCHYARD_ARTIFACT_ORIGINS', parsers.origins) ?? [],
    artifactRoots: reader.read('SWITCHYARD_ARTIFACT_ROOTS', parsers.directories) ?? [],
    cacheDir: readCacheDir(reader, { env, workingDirectory, homeDirectory }, problems),
    logLevel: reader.read('SWITCHYARD_LOG_LEVEL', parsers.oneOf(LOG_LEVELS)) ?? 'info',
    logFormat:
      reader.read('SWITCHYARD_LOG_FORMAT', parsers.oneOf(['json', 'pretty'])) ??
      (sources.isTerminal ? 'pretty' : 'json'),
    adminToken: readSecret(reader, 'SWITCHYARD_ADMIN_TOKEN', parsers.token),
    webhookSecret: readSecret(reader, 'SWITCHYARD_WEBHOOK_SECRET', parsers.password),
    configFile: file?.path ?? null,
    ignoredVariables,
  };
  problems.throwIfAny();
  return deepFreeze(config);
}

/**
 * `readConfig` with the process's environment and machine; the only place that reads them.
 *
 * @throws as `readConfig`.
 */
export function loadConfig(flags: ConfigFlags): Config {
  return readConfig({
    env: process.env,
    flags,
    packageRoot: findPackageRoot(import.meta.dirname),
    ...readMachineFacts(),
    isTerminal: process.stdout.isTTY === true,
    isSageMaker: existsSync('/opt/ml'),
    homeDirectory: findHomeDirectory(),
  });
}

function readVerdictTags(reader: SettingReader, registry: RegistryChoice): boolean {
  const given = reader.given('SWITCHYARD_VERDICT_TAGS');
  if (given === null || reader.parse(given, parsers.flag) !== true) return false;
  if (registry.kind !== 'mlflow') {
    reader.report(
      given,
      'only an MLflow server takes tags, and none is followed; unset it, or set MLFLOW_TRACKING_URI and no directory',
    );
  }
  return true;
}

function readCacheDir(
  reader: SettingReader,
  places: Pick<ConfigSources, 'env'> & { workingDirectory: string; homeDirectory: string | null },
  problems: SettingProblems,
): string {
  const given = reader.given('SWITCHYARD_CACHE_DIR');
  if (given !== null) return reader.parse(given, parsers.path(places.workingDirectory)) ?? '';
  // The XDG base directory specification has relative paths ignored.
  const xdg = places.env.XDG_CACHE_HOME ?? '';
  if (isAbsolute(xdg)) return join(xdg, 'switchyard');
  if (places.homeDirectory !== null) return resolve(places.homeDirectory, '.cache', 'switchyard');
  const name = 'SWITCHYARD_CACHE_DIR';
  problems.add(name, name, 'has to be set, because the user has no home directory to cache in');
  return '';
}

function readSecret(
  reader: SettingReader,
  variable: Variable,
  parser: parsers.SettingParser<string>,
): Secret | null {
  const text = reader.read(variable, parser);
  return text === null ? null : new Secret(text);
}

function findPackageRoot(directory: string): string {
  const parent = dirname(directory);
  if (existsSync(join(directory, 'package.json')) || parent === directory) return directory;
  return findPackageRoot(parent);
}

function findHomeDirectory(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

/** The directory registry that the `registry` command edits unless told otherwise: as `serve` would choose it. */
export function defaultRegistryDirectory(): string {
  const given = process.env.SWITCHYARD_REGISTRY_DIR?.trim();
  return given ? resolve(given) : join(findPackageRoot(import.meta.dirname), 'models-fixtures');
}
