import { parentPort } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import { toFailure } from './failure.ts';
import { ship, type WorkerCall, type WorkerReply } from './messages.ts';
import { OnnxSession } from './onnx-session.ts';

/** Entry of a pool thread: holds sessions and runs them for the parent, in the order of the calls. */
const port = parentPort;
if (port === null) throw new Error('worker-thread must be started as a worker thread');

/** A call may come while its session still loads, so the loads are kept and not the sessions. */
const loads = new Map<number, Promise<OnnxSession>>();

port.on('message', (call: WorkerCall) => void answer(call));

async function answer(call: WorkerCall): Promise<void> {
  try {
    const { tensors, transfer } = ship((await perform(call)) ?? []);
    post({ call: call.call, outputs: call.kind === 'run' ? tensors : null, failure: null }, transfer);
  } catch (error) {
    post({ call: call.call, outputs: null, failure: toFailure(error, 'INFERENCE_FAILED') });
  }
}

async function perform(call: WorkerCall): Promise<Awaited<ReturnType<OnnxSession['run']>> | null> {
  switch (call.kind) {
    case 'load': {
      const load = OnnxSession.load(call.graph);
      loads.set(call.session, load);
      load.catch(() => loads.delete(call.session));
      await load;
      return null;
    }
    case 'run':
      return (await loaded(call.session)).run(call.inputs);
    case 'close': {
      const load = loads.get(call.session);
      loads.delete(call.session);
      const session = await load?.catch(() => null);
      await session?.close();
      return null;
    }
  }
}

async function loaded(session: number): Promise<OnnxSession> {
  const found = await loads.get(session)?.catch(() => null);
  if (found) return found;
  throw new GatewayError(
    'INFERENCE_FAILED',
    'the session could not be loaded again after its thread had died',
  );
}

function post(reply: WorkerReply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(reply, transfer);
}
