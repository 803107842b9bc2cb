import { Worker } from 'node:worker_threads';
import { type ErrorCode, GatewayError } from '../../errors.ts';
import type { PreparedModel } from '../model-format.ts';
import type { Preparation } from './prepare-model.ts';

/** Of the thread's JavaScript heap, in MiB; the parts of the largest graphs that are read at all take half of it. */
const HEAP_MIB = 1024;

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './preparation-thread.ts' : './preparation-thread.js',
  import.meta.url,
);

/** What a preparation thread is started for. */
export type PreparationOrder =
  | { readonly kind: 'prepare'; readonly preparation: Preparation }
  | { readonly kind: 'find-missing-files'; readonly directory: string };

/** What it answers before it ends. */
export type PreparationReply =
  | { readonly kind: 'done'; readonly result: PreparedModel | readonly string[] }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

type ResultOf<Order extends PreparationOrder> = Order['kind'] extends 'prepare'
  ? PreparedModel
  : readonly string[];

/**
 * Carries out one order on a thread of its own: reading a graph of 200 MB takes half a second, during which this thread
 * could answer nobody.
 *
 * @throws GatewayError as the order does, INVALID_MODEL if the graph takes too much memory; the signal's reason on abort,
 *   which ends the thread wherever it is.
 */
export async function runOnThread<Order extends PreparationOrder>(
  order: Order,
  signal: AbortSignal,
): Promise<ResultOf<Order>> {
  signal.throwIfAborted();
  const outcome = Promise.withResolvers<PreparationReply>();
  // Neither this process's environment, which may hold secrets, nor its flags.
  const worker = new Worker(ENTRY, {
    name: 'switchyard-preparation',
    workerData: order,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  worker.once('message', outcome.resolve);
  worker.once('error', (error) => outcome.reject(describeDeath(error)));
  worker.once('exit', () =>
    outcome.reject(new GatewayError('INTERNAL', 'the preparation thread ended early')),
  );
  const onAbort = () => outcome.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const reply = await outcome.promise;
    if (reply.kind === 'failed') throw new GatewayError(reply.code, reply.message);
    return reply.result as ResultOf<Order>;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
}

function describeDeath(error: unknown): GatewayError {
  const isMemory = (error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory
    ? new GatewayError('INVALID_MODEL', 'reading the graph takes too much memory', { cause: error })
    : new GatewayError('INTERNAL', 'the preparation thread failed', { cause: error });
}
