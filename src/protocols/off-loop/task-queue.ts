import { GatewayError } from '../../errors.ts';
import type { Deadline } from '../../inference/deadline.ts';
import type { CodecThread } from './codec-thread.ts';
import type { CodecReply, CodecTask } from './messages.ts';

/** A thread and the largest tasks that it takes. */
export interface Lane {
  readonly thread: CodecThread;
  readonly maxBytes: number;
}

export interface QueuedTask {
  readonly task: CodecTask;
  /** Buffers of the task that are handed over. */
  readonly transfer: readonly ArrayBuffer[];
  /** What decides which lanes may take it. */
  readonly bytes: number;
  readonly deadline: Deadline;
}

interface Entry extends QueuedTask {
  readonly onOver: (reason: GatewayError) => void;
  readonly resolve: (reply: CodecReply) => void;
  readonly reject: (error: unknown) => void;
}

/** What a thread is taken to decode in a millisecond before any figure is known. */
const FIRST_BYTES_PER_MS = 32_000;
const SMOOTHING = 0.2;

/**
 * Tasks on their way to a thread. Answers go before bodies, because a request that was worked on already should not
 * wait for one that was not; otherwise the first that a free lane takes is the next.
 */
export class TaskQueue {
  readonly #lanes: readonly Lane[];
  readonly #waiting: Record<CodecTask['kind'], Entry[]> = { encode: [], decode: [] };
  readonly #running = new Set<Entry>();
  #bytesPerMs = FIRST_BYTES_PER_MS;
  #isClosed = false;

  /** @param lanes in the order in which they are asked. */
  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
  }

  /** How long one thread takes to decode this much, by what it took so far; at least 1. */
  secondsToDecode(bytes: number): number {
    return Math.max(1, Math.ceil(bytes / this.#bytesPerMs / 1000));
  }

  /**
   * @throws GatewayError as `CodecThread.perform`; why the deadline ended, at once, also while the task runs (its
   *   result is then dropped); SHUTTING_DOWN.
   */
  run(queued: QueuedTask): Promise<CodecReply> {
    const { deadline, task } = queued;
    return new Promise((resolve, reject) => {
      if (this.#isClosed) {
        reject(shuttingDown());
        return;
      }
      if (deadline.isOver(performance.now())) {
        reject(deadline.reason);
        return;
      }
      const waiting = this.#waiting[task.kind];
      const onOver = (reason: GatewayError) => {
        const index = waiting.indexOf(entry);
        if (index >= 0) waiting.splice(index, 1);
        reject(reason);
      };
      const entry: Entry = { ...queued, onOver, resolve, reject };
      deadline.listen(onOver);
      waiting.push(entry);
      this.#startWaiting();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const { encode, decode } = this.#waiting;
    for (const { reject } of [...this.#running, ...encode.splice(0), ...decode.splice(0)]) {
      reject(shuttingDown());
    }
    await Promise.all(this.#lanes.map(({ thread }) => thread.close()));
  }

  #startWaiting(): void {
    for (const lane of this.#lanes) {
      if (lane.thread.isBusy || this.#isClosed) continue;
      const entry = takeFirst(this.#waiting.encode, lane) ?? takeFirst(this.#waiting.decode, lane);
      if (entry !== null) void this.#perform(lane.thread, entry); // settles the entry and never rejects
    }
  }

  async #perform(thread: CodecThread, entry: Entry): Promise<void> {
    this.#running.add(entry);
    const startedAt = performance.now();
    try {
      entry.resolve(await thread.perform(entry.task, entry.transfer));
      if (entry.task.kind === 'decode') this.#learn(entry.bytes / (performance.now() - startedAt));
    } catch (error) {
      entry.reject(error);
    } finally {
      this.#running.delete(entry);
      entry.deadline.unlisten(entry.onOver);
      this.#startWaiting();
    }
  }

  #learn(bytesPerMs: number): void {
    this.#bytesPerMs += SMOOTHING * (bytesPerMs - this.#bytesPerMs);
  }
}

function takeFirst(waiting: Entry[], { maxBytes }: Lane): Entry | null {
  const index = waiting.findIndex(({ bytes }) => bytes <= maxBytes);
  return index < 0 ? null : waiting.splice(index, 1)[0]!;
}

function shuttingDown(): GatewayError {
  return new GatewayError('SHUTTING_DOWN', 'the server is shutting down');
}
