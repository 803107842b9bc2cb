import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const running = new Set<OwnedProcess>();

process.on('exit', () => {
  for (const owned of running) {
    owned.signalGroup('SIGKILL');
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(1));
}

export interface CommandOptions {
  readonly directory: string;
  /** The whole environment, nothing is inherited. */
  readonly environment: Record<string, string>;
  readonly logFile: string;
  /** As whom it runs, where this process is root's. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** A process with a group of its own, which does not outlive this one. Its output goes to a file. */
export class OwnedProcess {
  readonly logFile: string;
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;

  constructor(command: readonly [string, ...string[]], options: CommandOptions) {
    this.logFile = options.logFile;
    const log = openSync(options.logFile, 'a');
    const [file, ...parameters] = command;
    this.#child = spawn(file, parameters, {
      cwd: options.directory,
      env: options.environment,
      detached: true,
      stdio: ['ignore', log, log],
      ...(options.owner ?? {}),
    });
    closeSync(log);
    running.add(this);
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
    });
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Signals only the process that was started, as `kill` or an orchestrator does. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // The group is gone, which is what was wanted.
    }
  }

  /** True while the process or one that it started is alive. */
  hasLivingGroup(): boolean {
    try {
      process.kill(-this.pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  /** SIGTERM, or what else makes it stop, to the group; SIGKILL after ten seconds. */
  async stopGroup(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.signalGroup(signal);
    const timer = setTimeout(() => this.signalGroup('SIGKILL'), 10_000);
    await this.exited;
    clearTimeout(timer);
    this.signalGroup('SIGKILL');
    running.delete(this);
  }

  logTail(lines = 30): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }
}

/** A TCP port of the loopback interface that nobody listens on right now. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') {
    throw new Error('the probing server has no port');
  }
  return address.port;
}
