import { Worker } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import type { ThreadReply } from './answer-order.ts';

/** Of the thread's JavaScript heap, in MiB. What lies in buffers outside of it is bounded by whoever makes them. */
const HEAP_MIB = 1024;

/** A thread that carries out one order and ends. */
export interface OrderThread {
  /** Its entry, which calls `answerOrder`. */
  readonly entry: URL;
  readonly name: string;
  /** What it does, for messages: `reading the graph`. */
  readonly work: string;
  /** `null`: it may take as long as nobody aborts it. */
  readonly timeoutMs: number | null;
}

/** The entry beside the caller: `name` without its ending, which is another one in the published package. */
export function threadEntry(name: string, caller: string): URL {
  return new URL(`./${name}.${caller.endsWith('.ts') ? 'ts' : 'js'}`, caller);
}

/**
 * Carries out one order on a thread of its own: reading a graph of 200 MB takes half a second, during which this thread
 * could answer nobody.
 *
 * @throws GatewayError as the order does, UNSUPPORTED_MODEL if it takes too much memory, LOAD_TIMEOUT if too much time; the signal's reason on abort,
 *   which ends the thread wherever it is.
 */
export async function runOnThread<Result>(
  thread: OrderThread,
  order: unknown,
  signal: AbortSignal,
): Promise<Result> {
  signal.throwIfAborted();
  const outcome = Promise.withResolvers<ThreadReply>();
  // Neither this process's environment, which may hold secrets, nor its flags.
  const worker = new Worker(thread.entry, {
    name: thread.name,
    workerData: order,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  worker.once('message', outcome.resolve);
  worker.once('error', (error) => outcome.reject(describeDeath(error, thread)));
  worker.once('exit', () =>
    outcome.reject(new GatewayError('INTERNAL', `the thread "${thread.name}" ended early`)),
  );
  const onAbort = () => outcome.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = startTimer(thread, outcome.reject);
  try {
    const reply = await outcome.promise;
    if (reply.kind === 'failed') throw new GatewayError(reply.code, reply.message);
    return reply.result as Result;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}

function startTimer({ timeoutMs, work }: OrderThread, reject: (error: GatewayError) => void) {
  if (timeoutMs === null) return undefined;
  const onTime = () => reject(new GatewayError('LOAD_TIMEOUT', `${work} takes longer than ${timeoutMs} ms`));
  return setTimeout(onTime, timeoutMs);
}

function describeDeath(error: unknown, { name, work }: OrderThread): GatewayError {
  const isMemory = (error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory
    ? new GatewayError('UNSUPPORTED_MODEL', `${work} takes too much memory`, { cause: error })
    : new GatewayError('INTERNAL', `the thread "${name}" failed`, { cause: error });
}
