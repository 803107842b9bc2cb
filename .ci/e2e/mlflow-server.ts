import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort, OwnedProcess } from './child-process.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);
const ci = join(import.meta.dirname, '..');

export type MlflowMajor = '2' | '3';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

// 2.22's own default; 3.17 has none and takes it from the environment.
const admin: Credentials = { username: 'admin', password: 'password1234' };
/** An account with the shipped default permission, READ on everything. */
const reader: Credentials = { username: 'gateway', password: 'reads-models-only' };

/** A real `mlflow server`: SQLite, proxied artifacts, one worker; it keeps its data when it is stopped and started. */
export class MlflowServer {
  readonly uri: string;
  readonly #port: number;
  readonly #directory: string;
  readonly #venv: string;
  readonly #isProtected: boolean;
  #process: OwnedProcess | null = null;

  private constructor(directory: string, port: number, venv: string, isProtected: boolean) {
    this.#directory = directory;
    this.#port = port;
    this.#venv = venv;
    this.#isProtected = isProtected;
    this.uri = `http://127.0.0.1:${port}`;
  }

  /** @param isProtected start the basic-auth app and make an account that may only read */
  static async create(directory: string, major: MlflowMajor, isProtected = false): Promise<MlflowServer> {
    await mkdir(directory, { recursive: true });
    const requirements = join(ci, 'mlflow', `requirements-${major}.txt`);
    const { stdout } = await run(join(ci, 'venv.sh'), [requirements]);
    const server = new MlflowServer(directory, await findFreePort(), stdout.trim(), isProtected);
    await server.start();
    if (isProtected) {
      await server.#post('/api/2.0/mlflow/users/create', reader);
    }
    return server;
  }

  async start(): Promise<void> {
    const server = new OwnedProcess(
      [
        join(this.#venv, 'bin', 'mlflow'),
        'server',
        `--backend-store-uri=sqlite:///${join(this.#directory, 'mlflow.db')}`,
        `--artifacts-destination=${join(this.#directory, 'artifacts')}`,
        '--host=127.0.0.1',
        `--port=${this.#port}`,
        '--workers=1',
        ...(this.#isProtected ? ['--app-name=basic-auth'] : []),
      ],
      {
        directory: this.#directory,
        environment: this.#pythonEnvironment(),
        logFile: join(this.#directory, 'server.log'),
      },
    );
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

  /** What a gateway needs to follow this registry. */
  get gatewayEnvironment(): Record<string, string> {
    const account = { MLFLOW_TRACKING_USERNAME: reader.username, MLFLOW_TRACKING_PASSWORD: reader.password };
    return { MLFLOW_TRACKING_URI: this.uri, ...(this.#isProtected ? account : {}) };
  }

  /** Runs a sub-command of train-and-register.py, i.e. MLflow's own Python client. */
  async python(...parameters: string[]): Promise<string> {
    const script = join(ci, 'mlflow', 'train-and-register.py');
    const { stdout } = await run(join(this.#venv, 'bin', 'python'), [script, ...parameters], {
      cwd: this.#directory,
      env: this.#pythonEnvironment(),
    });
    return stdout.trimEnd().split('\n').at(-1) ?? '';
  }

  /** As `python` for `stage` and `alias`. @returns when the change was confirmed, as `performance.now()` */
  async move(...parameters: string[]): Promise<number> {
    const said = await this.python(...parameters);
    return Number(said.match(/\d+$/)?.[0]) - performance.timeOrigin;
  }

  /** Trains and registers versions 1 and 2 of "iris". */
  async register(): Promise<string> {
    const expectedFile = join(this.#directory, 'expected.json');
    await this.python('register', '--expected', expectedFile);
    return expectedFile;
  }

  /** Moves a stage over REST and archives what was in it. */
  async moveStage(name: string, version: string, stage = 'Production'): Promise<void> {
    const body = { name, version, stage, archive_existing_versions: true };
    await this.#post('/api/2.0/mlflow/model-versions/transition-stage', body);
  }

  async moveAlias(name: string, alias: string, version: string): Promise<void> {
    await this.#post('/api/2.0/mlflow/registered-models/alias', { name, alias, version });
  }

  /** Milliseconds that the server takes to tell about one model: with basic auth most of a poll's time. */
  async readMs(name: string): Promise<number> {
    const startedAt = performance.now();
    const response = await fetch(`${this.uri}/api/2.0/mlflow/registered-models/get?name=${name}`, {
      headers: this.#authorization(),
    });
    await response.text();
    return performance.now() - startedAt;
  }

  async #post(path: string, body: object): Promise<void> {
    const response = await fetch(`${this.uri}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#authorization() },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 200) {
      throw new Error(`MLflow answered ${response.status} to ${path}: ${text}`);
    }
  }

  #authorization(): Record<string, string> {
    const token = Buffer.from(`${admin.username}:${admin.password}`).toString('base64');
    return this.#isProtected ? { authorization: `Basic ${token}` } : {};
  }

  #pythonEnvironment(): Record<string, string> {
    const credentials = {
      MLFLOW_TRACKING_USERNAME: admin.username,
      MLFLOW_TRACKING_PASSWORD: admin.password,
      MLFLOW_AUTH_ADMIN_PASSWORD: admin.password,
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'only-for-this-test',
    };
    return {
      PATH: `${join(this.#venv, 'bin')}:${process.env.PATH ?? ''}`,
      HOME: this.#directory,
      MLFLOW_TRACKING_URI: this.uri,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: 'true',
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      ...(this.#isProtected ? credentials : {}),
    };
  }
}
