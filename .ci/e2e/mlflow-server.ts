import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort, OwnedProcess } from './child-process.ts';
import { type Account, MlflowAdmin, type MlflowMajor, type Permission } from './mlflow-admin.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);
const ci = join(import.meta.dirname, '..');

export interface MlflowServerOptions {
  /** Holds the logs, and what no other place is named for. */
  readonly directory: string;
  readonly major: MlflowMajor;
  /** URI of a database; without it SQLite in `directory`. */
  readonly backendStore?: string;
  /** A directory or an `s3://` URI, and whether clients get files through the server; without it proxied, in `directory`. */
  readonly artifacts?: { readonly root: string; readonly proxied: boolean };
  /** Starts the basic-auth app with an administrator and `reader`. */
  readonly auth?: BasicAuth;
  /** `/prefix`. */
  readonly staticPrefix?: string;
  /** Starts 3.x with workspaces, and makes this one, which everything is then done in. */
  readonly workspace?: string;
  /** Further parameters of `mlflow server`. */
  readonly parameters?: readonly string[];
  /** Further environment of the server and of `python`, such as the keys of an object store. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface BasicAuth {
  /** What every account may do with what nothing was granted for. MLflow ships READ. */
  readonly defaultPermission: Permission;
  /** URI of the accounts' database; without it SQLite in the server's directory. */
  readonly database?: string;
  /** For how long 3.x takes a password again without its slow hash, as it does by default never. */
  readonly cacheSeconds?: number;
}

const admin: Account = { username: 'admin', password: 'administers-models' };
/** Has no other right than the default one. */
export const reader: Account = { username: 'gateway', password: 'reads-models-only' };

/** A real `mlflow server` with one worker; it keeps its port and its data when it is stopped and started. */
export class MlflowServer {
  /** As a client's MLFLOW_TRACKING_URI, the prefix included where this version has its API below it. */
  readonly uri: string;
  readonly admin: MlflowAdmin;
  readonly #options: MlflowServerOptions;
  readonly #port: number;
  readonly #venv: string;
  #process: OwnedProcess | null = null;
  #more: readonly string[] = [];

  private constructor(options: MlflowServerOptions, port: number, venv: string) {
    this.#options = options;
    this.#port = port;
    this.#venv = venv;
    // From 3.12 on the prefix moves the API, before it only the pages and a few routes of files.
    const prefix = options.major === '3' ? (options.staticPrefix ?? '') : '';
    this.uri = `http://127.0.0.1:${port}${prefix}`;
    this.admin = new MlflowAdmin({
      uri: this.uri,
      major: options.major,
      account: options.auth === undefined ? null : admin,
      workspace: options.workspace ?? null,
    });
  }

  /** @returns a server that answers */
  static async create(options: MlflowServerOptions): Promise<MlflowServer> {
    const { directory, major, auth } = options;
    await mkdir(directory, { recursive: true });
    const requirements = join(ci, 'mlflow', `requirements-${major}.txt`);
    const { stdout } = await run(join(ci, 'venv.sh'), [requirements]);
    const server = new MlflowServer(options, await findFreePort(), stdout.trim());
    if (auth !== undefined) {
      await writeFile(server.#authFile, authConfig(auth, directory));
    }
    await server.start();
    try {
      if (options.workspace !== undefined) await server.admin.createWorkspace();
      if (auth !== undefined) await server.admin.createAccount(reader);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** @param more from now on further parameters of `mlflow server`, of which the last of a kind counts; without any as before */
  async start(...more: readonly string[]): Promise<void> {
    const { directory } = this.#options;
    if (more.length > 0) this.#more = more;
    const command = [join(this.#venv, 'bin', 'mlflow'), 'server', ...this.#parameters()] as const;
    const server = new OwnedProcess(command, {
      directory,
      environment: this.#serverEnvironment(),
      logFile: join(directory, 'server.log'),
    });
    this.#process = server;
    await waitUntil('the MLflow server answers', 60_000, async () => {
      if (server.hasExited) {
        throw new Error(`the MLflow server ended:\n${server.logTail()}`);
      }
      const response = await fetch(`${this.uri}/health`).catch(() => null);
      await response?.text();
      return response?.ok ?? false;
    });
  }

  async stop(): Promise<void> {
    await this.#process?.stopGroup();
    this.#process = null;
  }

  /** What MLflow's client needs, as somebody who may do everything. */
  get adminEnvironment(): Record<string, string> {
    return this.environmentOf(this.#options.auth === undefined ? null : admin);
  }

  /** `kill -9` of the server and all its workers. */
  async kill(): Promise<void> {
    this.#process?.signalGroup('SIGKILL');
    await this.#process?.exited;
    this.#process = null;
  }

  logTail(lines = 30): string {
    return this.#process?.logTail(lines) ?? '';
  }

  /** What a gateway needs to follow this registry, as `reader` where there are accounts. */
  get gatewayEnvironment(): Record<string, string> {
    return this.environmentOf(this.#options.auth === undefined ? null : reader);
  }

  /** What a client needs to use this registry as somebody. */
  environmentOf(account: Account | null): Record<string, string> {
    const { workspace } = this.#options;
    return {
      MLFLOW_TRACKING_URI: this.uri,
      ...(workspace === undefined ? {} : { MLFLOW_WORKSPACE: workspace }),
      ...(account === null
        ? {}
        : { MLFLOW_TRACKING_USERNAME: account.username, MLFLOW_TRACKING_PASSWORD: account.password }),
    };
  }

  /** Runs a sub-command of train-and-register.py, i.e. MLflow's own Python client, as the administrator. */
  async python(...parameters: string[]): Promise<string> {
    const script = join(ci, 'mlflow', 'train-and-register.py');
    const { stdout } = await run(join(this.#venv, 'bin', 'python'), [script, ...parameters], {
      cwd: this.#options.directory,
      env: this.#clientEnvironment(),
    });
    return stdout.trimEnd().split('\n').at(-1) ?? '';
  }

  /** As `python` for `stage` and `alias`. @returns when the change was confirmed, as `performance.now()` */
  async move(...parameters: string[]): Promise<number> {
    const said = await this.python(...parameters);
    return Number(said.match(/\d+$/)?.[0]) - performance.timeOrigin;
  }

  /** Trains and registers versions 1 and 2 of "iris". @returns the file for `ExpectedAnswers` */
  async register(): Promise<string> {
    const expectedFile = join(this.#options.directory, 'expected.json');
    await this.python('register', '--expected', expectedFile);
    return expectedFile;
  }

  #parameters(): string[] {
    const { directory, backendStore, artifacts, auth, staticPrefix, workspace, parameters } = this.#options;
    const root = artifacts?.root ?? join(directory, 'artifacts');
    return [
      `--backend-store-uri=${backendStore ?? `sqlite:///${join(directory, 'mlflow.db')}`}`,
      ...(artifacts?.proxied === false
        ? ['--no-serve-artifacts', `--default-artifact-root=${root}`]
        : [`--artifacts-destination=${root}`]),
      '--host=127.0.0.1',
      `--port=${this.#port}`,
      '--workers=1',
      ...(auth === undefined ? [] : ['--app-name=basic-auth']),
      ...(staticPrefix === undefined ? [] : [`--static-prefix=${staticPrefix}`]),
      ...(workspace === undefined ? [] : ['--enable-workspaces']),
      ...(parameters ?? []),
      ...this.#more,
    ];
  }

  get #authFile(): string {
    return join(this.#options.directory, 'basic_auth.ini');
  }

  #serverEnvironment(): Record<string, string> {
    const { directory, auth, environment } = this.#options;
    const accounts = {
      MLFLOW_AUTH_CONFIG_PATH: this.#authFile,
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'only-for-this-test',
    };
    return {
      PATH: `${join(this.#venv, 'bin')}:${process.env.PATH ?? ''}`,
      HOME: directory,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: 'true',
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      ...(auth === undefined ? {} : accounts),
      ...environment,
    };
  }

  #clientEnvironment(): Record<string, string> {
    return {
      ...this.#serverEnvironment(),
      ...this.environmentOf(this.#options.auth === undefined ? null : admin),
    };
  }
}

function authConfig({ defaultPermission, database, cacheSeconds }: BasicAuth, directory: string): string {
  return [
    '[mlflow]',
    `default_permission = ${defaultPermission}`,
    `database_uri = ${database ?? `sqlite:///${join(directory, 'basic_auth.db')}`}`,
    `auth_cache_ttl_seconds = ${cacheSeconds ?? 0}`,
    `admin_username = ${admin.username}`,
    `admin_password = ${admin.password}`,
    'authorization_function = mlflow.server.auth:authenticate_request_basic_auth',
    '',
  ].join('\n');
}
