import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryMiB, processTree } from './process-usage.ts';

const POLL_MS = 5;
const STOP_MS = 10_000;
const LOG_LINES = 8;

const living = new Set<ServerProcess>();
process.on('exit', () => {
  for (const server of living) server.signalAll('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

export interface ServerProcessOptions {
  readonly command: readonly [string, ...string[]];
  /** Added to `PATH` and `HOME`; nothing else is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly logFile: string;
}

/** A server under test in a process group of its own, which does not outlive this process. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #startedAt = performance.now();

  constructor(options: ServerProcessOptions) {
    this.#logFile = options.logFile;
    const log = openSync(options.logFile, 'w');
    const [file, ...parameters] = options.command;
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(file, parameters, {
      cwd: options.directory,
      env: { PATH, HOME, ...options.environment },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child.on('error', () => {}); // shows as a process that has ended
    living.add(this);
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  get hasEnded(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Of the process and all that it started, now. */
  memoryMiB(): number {
    return memoryMiB(processTree(this.pid));
  }

  /**
   * Asks until `answers` is true.
   *
   * @returns milliseconds since the start of the process
   * @throws if the process ends or `timeoutMs` pass first; the message holds the end of its log
   */
  async untilFirstAnswer(answers: () => Promise<boolean>, timeoutMs: number): Promise<number> {
    while (!(await answers())) {
      if (this.hasEnded) throw new Error(`it ended before it answered: ${this.logTail()}`);
      if (performance.now() - this.#startedAt > timeoutMs) {
        throw new Error(`no right answer within ${timeoutMs / 1000} s: ${this.logTail()}`);
      }
      await sleep(POLL_MS);
    }
    return performance.now() - this.#startedAt;
  }

  /** SIGTERM, as an orchestrator sends it; SIGKILL to all that is left after ten seconds. */
  async stop(): Promise<void> {
    if (!this.hasEnded) {
      const exit = once(this.#child, 'exit');
      const tree = processTree(this.pid);
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.signalAll('SIGKILL', tree), STOP_MS);
      await exit;
      clearTimeout(timer);
    }
    this.signalAll('SIGKILL');
    living.delete(this);
  }

  /** Signals the process group, and `processes` beside it that may have left the group. */
  signalAll(signal: NodeJS.Signals, processes: readonly number[] = []): void {
    if (this.#child.pid === undefined) return;
    for (const target of [-this.#child.pid, ...processes]) {
      try {
        process.kill(target, signal);
      } catch {
        // It is gone, which is what was wanted.
      }
    }
  }

  logTail(): string {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
  }
}
