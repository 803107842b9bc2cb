import { Worker } from 'node:worker_threads';
import { fromErrorRecord, GatewayError } from '../../errors.ts';
import type { CodecReply, CodecTask } from './messages.ts';
import type { PerformLimits } from './perform.ts';

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './thread-entry.ts' : './thread-entry.js',
  import.meta.url,
);

export interface CodecThreadOptions {
  readonly name: string;
  /** Limit of the thread's JavaScript heap in MiB; buffers do not count. */
  readonly heapMiB: number;
  readonly limits: PerformLimits;
  /** It ends when it had nothing to do for this long, and is started again by the next task. */
  readonly idleMs: number;
}

interface Running {
  readonly task: CodecTask;
  readonly resolve: (reply: CodecReply) => void;
  readonly reject: (error: GatewayError) => void;
}

/** One worker thread that does one task at a time. It starts with the first; if it dies, that task alone fails. */
export class CodecThread {
  readonly #options: CodecThreadOptions;
  #worker: Worker | null = null;
  #running: Running | null = null;
  #idleTimer: NodeJS.Timeout | null = null;

  constructor(options: CodecThreadOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#running !== null;
  }

  /** Whether the thread exists at this moment. */
  get isStarted(): boolean {
    return this.#worker !== null;
  }

  /**
   * @param transfer buffers of the task that are handed over.
   * @throws GatewayError as `perform`; PAYLOAD_TOO_LARGE if the thread ran out of memory, INTERNAL if it died otherwise.
   */
  perform(task: CodecTask, transfer: readonly ArrayBuffer[]): Promise<CodecReply> {
    if (this.#running !== null) throw new Error('the codec thread is busy; this is a bug');
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      try {
        worker.postMessage(task, transfer);
      } catch (cause) {
        reject(new GatewayError('INTERNAL', 'the request cannot be sent to a thread', { cause }));
        return;
      }
      this.#running = { task, resolve, reject };
      worker.ref();
    });
  }

  /** Ends the thread, once a parse that is running is through; its task fails. */
  async close(): Promise<void> {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const { name, heapMiB, limits } = this.#options;
    const worker = new Worker(ENTRY, {
      name,
      // Not this process's own: a debugger port or a loader is meant for the main thread.
      execArgv: [],
      workerData: limits,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
    });
    let cause: unknown = null;
    worker.on('message', (reply: CodecReply) => this.#settle(reply));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => this.#forget(worker, cause));
    return worker;
  }

  #settle(reply: CodecReply): void {
    const running = this.#running;
    this.#running = null;
    // An idle thread must not keep the process alive.
    this.#worker?.unref();
    this.#idleTimer = setTimeout(() => this.#rest(), this.#options.idleMs).unref();
    if (reply.kind === 'failed') running?.reject(fromErrorRecord(reply.failure));
    else running?.resolve(reply);
  }

  #rest(): void {
    void this.#worker?.terminate(); // whatever comes next goes to a new one
    this.#worker = null;
  }

  #forget(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const running = this.#running;
    this.#running = null;
    running?.reject(threadDied(running.task, cause));
  }
}

function threadDied(task: CodecTask, cause: unknown): GatewayError {
  if ((cause as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const what = task.kind === 'decode' ? 'the body' : 'the answer';
    const text = `${what} takes more memory than there is; send fewer rows at a time`;
    return new GatewayError('PAYLOAD_TOO_LARGE', text, { cause });
  }
  return new GatewayError('INTERNAL', 'the thread of this request ended unexpectedly', { cause });
}
