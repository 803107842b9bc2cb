import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, toGatewayError } from '../../errors.ts';
import type { PreparationOrder, PreparationReply } from './preparation-call.ts';
import { findMissingFiles, prepareModel } from './prepare-model.ts';

/** Entry of the thread that reads one large graph. */

// On Linux it is the thread's own: requests go first. Elsewhere it would be the whole process's.
if (process.platform === 'linux') setPriority(Math.min(19, getPriority() + 5));
parentPort?.postMessage(await answer(workerData as PreparationOrder));

async function answer(order: PreparationOrder): Promise<PreparationReply> {
  // Whoever gives up ends the thread.
  const { signal } = new AbortController();
  try {
    const result =
      order.kind === 'prepare'
        ? await prepareModel(order.preparation, signal)
        : await findMissingFiles(order.directory);
    return { kind: 'done', result };
  } catch (error) {
    const text = `the model cannot be prepared by a fault of the gateway: ${messageOf(error)}`;
    const { code, message } = toGatewayError(error, 'INTERNAL', text);
    return { kind: 'failed', code, message };
  }
}
