import { Worker } from 'node:worker_threads';

const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './watchdog-thread.ts' : './watchdog-thread.js',
  import.meta.url,
);

/** Kills this process when its parent is gone, even while a native call hangs. Resolves once that is watched for. */
export async function watchParent(): Promise<void> {
  const thread = new Worker(THREAD, { workerData: { parentPid: process.ppid } });
  await new Promise((resolve) => thread.once('message', resolve));
}
