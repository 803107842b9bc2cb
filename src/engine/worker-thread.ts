import { parentPort } from 'node:worker_threads';
import { GatewayError, messageOf, toErrorRecord, toGatewayError } from '../errors.ts';
import type { Tensor } from '../model/tensor.ts';
import { shipTensors } from '../model/tensor-shipment.ts';
import { stepBack } from '../step-back.ts';
import type { WorkerCall, WorkerReply } from './messages.ts';
import { OnnxSession } from './onnx-session.ts';
import { returnFreedMemory, WORTH_RETURNING_BYTES } from './return-memory.ts';

/** Entry of a pool thread: holds sessions and runs them for the parent, in the order of the calls. */
const port = parentPort;
if (port === null) throw new Error('worker-thread must be started as a worker thread');

/** Of one run's outputs: some 0.15 s on the receiving thread. A batch has 16,384 rows at most. */
const MOST_TEXTS = 1_000_000;

/** A call may come while its session still loads, so the loads are kept and not the sessions. */
const loads = new Map<number, Promise<OnnxSession>>();

/** Those whose load and whose end leave memory worth returning. */
const largeSessions = new Set<number>();

stepBack();
port.on('message', (call: WorkerCall) => void answer(call));

async function answer(call: WorkerCall): Promise<void> {
  try {
    if (call.kind === 'run') return await run(call);
    if (call.kind === 'load') await load(call);
    else await close(call.session);
    post({ call: call.call, outputs: null, runMs: 0, failure: null });
  } catch (error) {
    const failure = toErrorRecord(toGatewayError(error, 'INFERENCE_FAILED', messageOf(error)));
    post({ call: call.call, outputs: null, runMs: 0, failure });
  }
}

async function run({ call, session, inputs }: Extract<WorkerCall, { kind: 'run' }>): Promise<void> {
  const runner = await loaded(session);
  const outputs = await runner.run(inputs);
  checkTexts(outputs);
  const { tensors, transfer } = shipTensors(outputs);
  post({ call, outputs: tensors, runMs: runner.lastRunMs, failure: null }, transfer);
}

/** Texts are made anew on the receiving thread, which could do nothing else meanwhile. */
function checkTexts(outputs: readonly Tensor[]): void {
  const texts = outputs.reduce((sum, { data }) => sum + (Array.isArray(data) ? data.length : 0), 0);
  if (texts <= MOST_TEXTS) return;
  throw new GatewayError('INFERENCE_FAILED', `a run gave ${texts} texts, and ${MOST_TEXTS} are the most`);
}

async function load({ session, graph }: Extract<WorkerCall, { kind: 'load' }>): Promise<void> {
  const bytesBefore = process.memoryUsage.rss();
  const loading = OnnxSession.load(graph);
  loads.set(session, loading);
  loading.catch(() => loads.delete(session));
  await loading;
  if (process.memoryUsage.rss() - bytesBefore < WORTH_RETURNING_BYTES) return;
  largeSessions.add(session);
  await returnFreedMemory();
}

async function close(session: number): Promise<void> {
  const loading = loads.get(session);
  loads.delete(session);
  await (await loading?.catch(() => null))?.close();
  if (largeSessions.delete(session)) await returnFreedMemory();
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
