import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from './gateway-process.ts';

const run = promisify(execFile);
const examples = join(checkout, 'examples', 'lifecycle');

export interface Finished {
  readonly code: number;
  readonly output: string;
  readonly tookMs: number;
}

/** What one run left in MLflow, as `.ci/mlflow/check-logged.py runs` tells it. */
export interface LoggedRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly parent: string | null;
  readonly entryPoint: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  readonly steps: Readonly<Record<string, readonly number[]>>;
  readonly artifacts: readonly string[];
  readonly flavors: readonly string[];
}

/** Runs what `examples/lifecycle` holds, in the environment of its own requirements, against one MLflow server. */
export class ExampleScripts {
  readonly #venv: string;
  readonly #environment: Record<string, string>;

  private constructor(venv: string, home: string, client: Readonly<Record<string, string>>) {
    this.#venv = venv;
    this.#environment = {
      PATH: `${join(venv, 'bin')}:${process.env.PATH ?? ''}`,
      HOME: home,
      ...client,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: 'true',
      PYTHONDONTWRITEBYTECODE: '1',
    };
  }

  /** @param client what MLflow's client needs to find the server, and to be let in. */
  static async create(home: string, client: Readonly<Record<string, string>>): Promise<ExampleScripts> {
    const { stdout } = await run(join(checkout, '.ci', 'venv.sh'), [join(examples, 'requirements.txt')]);
    return new ExampleScripts(stdout.trim(), home, client);
  }

  python(script: string, ...parameters: string[]): Promise<Finished> {
    return this.#run('python', [script, ...parameters], examples);
  }

  /** The same with MLflow 2.22's client, for a script that needs no more than `.ci/mlflow/requirements-2.txt`. */
  async pythonOfMlflow2(script: string): Promise<Finished> {
    const { stdout } = await run(join(checkout, '.ci', 'venv.sh'), [
      join(checkout, '.ci', 'mlflow', 'requirements-2.txt'),
    ]);
    return this.#run(join(stdout.trim(), 'bin', 'python'), [script], examples);
  }

  /** `mlflow run . --env-manager local` in the project's directory. */
  project(...parameters: string[]): Promise<Finished> {
    const fixed = ['run', '.', '--env-manager', 'local', '--experiment-name', 'wine'];
    return this.#run('mlflow', [...fixed, ...parameters], join(examples, 'project'));
  }

  shell(script: string, ...parameters: string[]): Promise<Finished> {
    return this.#run('bash', [script, ...parameters], examples);
  }

  /** Asks MLflow's client through a sub-command of check-logged.py. */
  async ask<T>(...parameters: string[]): Promise<T> {
    const script = join(checkout, '.ci', 'mlflow', 'check-logged.py');
    const { stdout } = await run(join(this.#venv, 'bin', 'python'), [script, ...parameters], {
      env: this.#environment,
      maxBuffer: 2 ** 24,
    });
    const lines = stdout.trimEnd().split('\n');
    return JSON.parse(lines.find((line) => /^[[{"]/.test(line)) ?? 'null') as T;
  }

  async #run(command: string, parameters: string[], cwd: string): Promise<Finished> {
    const startedAt = performance.now();
    const options = { cwd, env: this.#environment, maxBuffer: 2 ** 24, timeout: 120_000 };
    return new Promise((resolve) => {
      execFile(command, parameters, options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, output: stdout + stderr, tookMs: performance.now() - startedAt });
      });
    });
  }
}
