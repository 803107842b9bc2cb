import { SERVER_CORE } from '../processes/pin-to-core.ts';
import { coreBusyMicros, cpuMicros, processTree } from '../processes/process-usage.ts';
import { runClosedLoop } from './closed-loop.ts';
import { LoadConnection } from './load-connection.ts';
import type { LoadJob, LoadResult } from './load-job.ts';
import { MeasuredWindow } from './measured-window.ts';
import { runOpenLoop } from './open-loop.ts';

/**
 * The process that makes the load: one job after the other, asked and answered by messages of its parent. It lives
 * through the whole run, so that its own code is warm in every job.
 */
const ANSWER_PATIENCE_MS = 15_000;

process.on('message', (job: LoadJob) => {
  void run(job).then((result) => process.send?.(result)); // run never rejects
});

async function run(job: LoadJob): Promise<LoadResult> {
  const failed = new AbortController();
  let failure: string | null = null;
  const fail = (reason: string) => {
    failure ??= reason;
    failed.abort();
  };
  const startsAt = performance.now();
  const window = new MeasuredWindow(startsAt + job.leadMs, startsAt + job.leadMs + job.measureMs);
  const processors = watchProcessors(job, window);
  const connections: LoadConnection[] = [];
  try {
    for (let index = 0; index < job.connections; index++) {
      connections.push(await LoadConnection.open(job.port, fail));
    }
    const patience = job.leadMs + job.measureMs + ANSWER_PATIENCE_MS;
    const late = setTimeout(() => fail(`answers were missing after ${patience / 1000} s`), patience);
    await Promise.race([drive(job, connections, startsAt, window, failed.signal), aborted(failed.signal)]);
    clearTimeout(late);
  } catch (error) {
    fail((error as Error).message);
  }
  for (const connection of connections) connection.close();
  const { server, own, core } = await processors;
  const windowMicros = job.measureMs * 1000;
  const othersBusy = Math.max(0, core - server) / windowMicros;
  return { ...window.summarize(server), generatorBusy: own / windowMicros, othersBusy, failure };
}

function drive(
  job: LoadJob,
  connections: readonly LoadConnection[],
  startsAt: number,
  window: MeasuredWindow,
  failed: AbortSignal,
): Promise<void> {
  const { rate, requests } = job;
  if (rate === null) return runClosedLoop(connections, requests, window, failed);
  return runOpenLoop({ connections, requests, rate, startsAt, window, failed });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

interface ProcessorTimes {
  readonly server: number;
  /** Of this process. */
  readonly own: number;
  /** Of the servers' core, whoever used it. */
  readonly core: number;
}

/** Between the start and the end of the window, in microseconds. */
async function watchProcessors(job: LoadJob, window: MeasuredWindow): Promise<ProcessorTimes> {
  const tree = processTree(job.serverPid);
  await until(window.startsAt);
  const before = readProcessors(tree);
  await until(window.endsAt);
  const after = readProcessors(tree);
  return {
    server: after.server - before.server,
    own: after.own - before.own,
    core: after.core - before.core,
  };
}

function readProcessors(tree: readonly number[]): ProcessorTimes {
  const { user, system } = process.cpuUsage();
  return { server: cpuMicros(tree), own: user + system, core: coreBusyMicros(SERVER_CORE) };
}

function until(moment: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - performance.now())));
}
