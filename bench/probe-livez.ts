import { parentPort, workerData } from 'node:worker_threads';
import { Client } from 'undici';

/** Entry of a thread that asks `/livez` all the time; told to stop, it answers with the latencies in milliseconds. */
const PAUSE_MS = 2;

const client = new Client(workerData as string);
const latencies: number[] = [];
let isStopped = false;
parentPort?.once('message', () => {
  isStopped = true;
});
while (!isStopped) {
  const startedAt = performance.now();
  const { body } = await client.request({ path: '/livez', method: 'GET' });
  await body.dump();
  latencies.push(performance.now() - startedAt);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
await client.close();
parentPort?.postMessage(latencies.sort((left, right) => left - right));
