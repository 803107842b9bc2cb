import { parentPort, workerData } from 'node:worker_threads';
import { toErrorRecord, toGatewayError } from '../../errors.ts';
import { shipTensors } from '../../model/tensor-shipment.ts';
import type { CodecReply, CodecTask } from './messages.ts';
import { type PerformLimits, perform } from './perform.ts';

/** Entry of a codec thread: does its parent's tasks, one after the other. */
const port = parentPort;
if (port === null) throw new Error('thread-entry must be started as a worker thread');

port.on('message', (task: CodecTask) => void answer(task)); // answers its errors, too

async function answer(task: CodecTask): Promise<void> {
  try {
    const reply = await perform(task, workerData as PerformLimits);
    if (reply.kind === 'encoded') post(reply, [reply.body.buffer]);
    else {
      const { tensors, transfer } = shipTensors(reply.decoded.tensors);
      post({ kind: 'decoded', decoded: { ...reply.decoded, tensors } }, transfer);
    }
  } catch (error) {
    const failure = toGatewayError(error, 'INTERNAL', 'the request failed by a fault of the gateway');
    post({ kind: 'failed', failure: toErrorRecord(failure) });
  }
}

function post(reply: CodecReply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(reply, transfer);
}
