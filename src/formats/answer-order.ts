import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, messageOf, toGatewayError } from '../errors.ts';
import { stepBack } from '../step-back.ts';

/** What a thread of `runOnThread` answers before it ends. */
export type ThreadReply =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/**
 * The whole life of such a thread: carries out its one order, and posts what came of it.
 *
 * @param perform gives what can be cloned; what it throws is thrown where the order was given.
 */
export async function answerOrder<Order>(perform: (order: Order) => Promise<unknown>): Promise<void> {
  stepBack();
  parentPort?.postMessage(await reply(() => perform(workerData as Order)));
}

async function reply(work: () => Promise<unknown>): Promise<ThreadReply> {
  try {
    return { kind: 'done', result: await work() };
  } catch (error) {
    const text = `the model cannot be prepared by a fault of the gateway: ${messageOf(error)}`;
    const { code, message } = toGatewayError(error, 'INTERNAL', text);
    return { kind: 'failed', code, message };
  }
}
