import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, toGatewayError } from '../../errors.ts';
import { stepBack } from '../../step-back.ts';
import type { PreparationOrder, PreparationReply } from './preparation-call.ts';
import { findMissingFiles, prepareModel } from './prepare-model.ts';

/** Entry of the thread that reads one large graph. */

stepBack();
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
