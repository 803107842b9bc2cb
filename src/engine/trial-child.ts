import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fromErrorRecord, GatewayError } from '../errors.ts';
import type { TrialReport } from './engine.ts';
import { watchResidentBytes } from './resident-bytes.ts';
import { NO_EXPERIMENTAL_WARNINGS } from './return-memory.ts';
import { graphName } from './runtime-message.ts';
import type { TrialNews, TrialOrder } from './trial-messages.ts';

/** What a process may keep of its last trial and still measure the next one well. */
const MAX_LEFTOVER_BYTES = 32 * 1024 * 1024;
const MAX_STDERR_CHARACTERS = 2000;

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './trial-process.ts' : './trial-process.js',
  import.meta.url,
);

/** What one trial may take before its process is killed. */
export interface TrialLimits {
  readonly timeoutMs: number;
  /** Growth of the process over its size before the trial. */
  readonly memoryBytes: number;
}

interface CurrentTrial {
  readonly order: TrialOrder;
  readonly limits: TrialLimits;
  readonly resolve: (report: TrialReport) => void;
  readonly reject: (error: unknown) => void;
  phase: 'loading' | 'running';
}

/** One trial process, as its parent sees it. */
export class TrialChild {
  readonly #process: ChildProcess;
  readonly #exited = Promise.withResolvers<void>();
  #trial: CurrentTrial | null = null;
  /** Size of the process when it was ready; `null` until then. */
  #readyBytes: number | null = null;
  #residentBytes = 0;
  #isAlive = true;
  #stderr = '';

  constructor() {
    this.#process = fork(ENTRY, {
      serialization: 'advanced',
      // Nothing of this process's environment, which may hold secrets, nor of its flags.
      env: {},
      execArgv: [NO_EXPERIMENTAL_WARNINGS],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_STDERR_CHARACTERS);
    });
    this.#process.on('message', (news: TrialNews) => this.#hear(news));
    this.#process.on('error', (cause) => {
      this.#fail(new GatewayError('INTERNAL', 'the trial process cannot be started or reached', { cause }));
      if (this.#process.pid === undefined) this.#end();
    });
    this.#process.on('exit', () => {
      this.#isAlive = false;
    });
    this.#process.on('close', (code, signal) => {
      if (this.#trial !== null) this.#fail(this.#describeDeath(this.#trial, code, signal));
      this.#end();
    });
    this.#hold(false);
  }

  /** Alive, idle, and small enough that the next trial's memory can be told from the last one's. */
  get isUsable(): boolean {
    const leftover = this.#residentBytes - (this.#readyBytes ?? this.#residentBytes);
    return this.#isAlive && this.#trial === null && leftover < MAX_LEFTOVER_BYTES;
  }

  /** As `TrialRunner.try`. One at a time. After a rejection other than INVALID_MODEL the process is gone. */
  async try(order: TrialOrder, limits: TrialLimits, signal: AbortSignal): Promise<TrialReport> {
    const outcome = Promise.withResolvers<TrialReport>();
    const name = graphName(order.graph.path);
    this.#trial = { order, limits, ...outcome, phase: 'loading' };
    this.#stderr = '';
    const timer = setTimeout(() => {
      const text = `loading and trying ${name} takes longer than ${limits.timeoutMs} ms`;
      this.#abort(new GatewayError('LOAD_TIMEOUT', text));
    }, limits.timeoutMs);
    const onAbort = () => this.#abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const stopWatching = watchResidentBytes(this.#process.pid, (bytes) => {
      if (this.#readyBytes !== null) this.#checkMemory(bytes - this.#residentBytes);
    });
    this.#hold(true);
    if (this.#readyBytes !== null) this.#process.send(order);
    try {
      return await outcome.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      stopWatching();
      this.#hold(false);
    }
  }

  /** Kills the process; resolves once it is gone. */
  async kill(): Promise<void> {
    this.#abort(new GatewayError('SHUTTING_DOWN', 'the trial runner is closed'));
    this.#hold(true);
    await this.#exited.promise;
  }

  #hear(news: TrialNews): void {
    if (news.kind === 'loaded') {
      if (this.#trial !== null) this.#trial.phase = 'running';
      return;
    }
    this.#residentBytes = news.residentBytes;
    if (news.kind === 'ready') {
      this.#readyBytes = news.residentBytes;
      if (this.#trial !== null) this.#process.send(this.#trial.order);
    } else if (news.kind === 'refused') {
      this.#fail(fromErrorRecord(news.failure));
    } else if (this.#checkMemory(news.peakBytes)) {
      this.#trial?.resolve(news.report);
      this.#trial = null;
    }
  }

  #checkMemory(grownBytes: number): boolean {
    if (this.#trial === null) return false;
    const { limits, order } = this.#trial;
    if (grownBytes <= limits.memoryBytes) return true;
    const mebibytes = Math.round(limits.memoryBytes / 1024 ** 2);
    const text = `loading and trying ${graphName(order.graph.path)} takes more than ${mebibytes} MiB of memory`;
    this.#abort(new GatewayError('MEMORY_LIMIT', text));
    return false;
  }

  #abort(reason: unknown): void {
    this.#fail(reason);
    this.#isAlive = false;
    this.#process.kill('SIGKILL');
  }

  #fail(error: unknown): void {
    this.#trial?.reject(error);
    this.#trial = null;
  }

  #end(): void {
    this.#isAlive = false;
    this.#exited.resolve();
  }

  /** Whether the child keeps this process from ending. */
  #hold(isHeld: boolean): void {
    const method = isHeld ? 'ref' : 'unref';
    this.#process[method]();
    this.#process.channel?.[method]();
    (this.#process.stderr as Socket | null)?.[method]();
  }

  #describeDeath({ order, phase }: CurrentTrial, code: number | null, signal: string | null): GatewayError {
    const how = signal === null ? `ended with exit code ${code}` : `died of ${signal}`;
    const hint = signal === 'SIGKILL' ? ' (the system may have run out of memory)' : '';
    const last = this.#stderr.trim().split('\n').at(-1) ?? '';
    const lastWords = last === '' || this.#readyBytes === null ? '' : `: ${last.slice(0, 200)}`;
    if (this.#readyBytes === null) {
      return new GatewayError('INTERNAL', `the trial process ${how} before it was ready${hint}`, {
        cause: this.#stderr,
      });
    }
    const text = `the trial process ${how}${hint} while ${phase} ${graphName(order.graph.path)}${lastWords}`;
    return new GatewayError('LOAD_CRASHED', text);
  }
}
