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
  return { ...window.summarize(), ...(await processors), failure };
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

type ProcessorFigures = Pick<LoadResult, 'cpuMicrosPerRequest' | 'generatorBusy' | 'othersBusy'>;

/**
 * Looks at the processors at the start and at the end of the window. On a busy machine this process itself may be late
 * for either, so it counts answers and time between its two looks.
 */
async function watchProcessors(job: LoadJob, window: MeasuredWindow): Promise<ProcessorFigures> {
  const tree = processTree(job.serverPid);
  const look = () => {
    const { user, system } = process.cpuUsage();
    return {
      atMicros: performance.now() * 1000,
      answers: window.answersSeen,
      server: cpuMicros(tree),
      own: user + system,
      core: coreBusyMicros(SERVER_CORE),
    };
  };
  await until(window.startsAt);
  const before = look();
  await until(window.endsAt);
  const after = look();
  const elapsed = after.atMicros - before.atMicros;
  const server = after.server - before.server;
  return {
    cpuMicrosPerRequest: server / (after.answers - before.answers),
    generatorBusy: (after.own - before.own) / elapsed,
    othersBusy: Math.max(0, after.core - before.core - server) / elapsed,
  };
}

function until(moment: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, moment - performance.now())));
}
