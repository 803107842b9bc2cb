import { parentPort, workerData } from 'node:worker_threads';

/** Entry of the thread that watches whether its process still has its parent. */
const CHECK_INTERVAL_MS = 250;

const { parentPid } = workerData as { readonly parentPid: number };

setInterval(() => {
  // Not `process.exit`: the main thread may be stuck in a native call.
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
}, CHECK_INTERVAL_MS);

parentPort?.postMessage('watching');
