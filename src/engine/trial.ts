import { messageOf } from '../errors.ts';
import type { TrialReport, TrialRun } from './engine.ts';
import { OnnxSession } from './onnx-session.ts';
import { returnFreedMemory, WORTH_RETURNING_BYTES } from './return-memory.ts';
import type { TrialOrder } from './trial-messages.ts';

const WARM_RUNS = 20;
const WARM_RUNS_LIMIT_MS = 200;

export interface TrialResult {
  readonly report: TrialReport;
  /** How much the process had grown at most; never less than the report's `memoryBytes`. */
  readonly peakBytes: number;
}

/**
 * Loads the graph in this process, makes the runs, repeats the first one to time it, and releases everything.
 *
 * @param onLoaded told between load and runs; the runs begin once it resolves.
 * @throws GatewayError INVALID_MODEL.
 */
export async function performTrial(order: TrialOrder, onLoaded: () => Promise<void>): Promise<TrialResult> {
  const residentBefore = process.memoryUsage.rss();
  const peakBefore = peakResidentBytes();
  const loadCostMs = startCost();
  const session = await OnnxSession.load(order.graph, { tellsRunFailures: true });
  const loadMs = loadCostMs();
  const isLarge = process.memoryUsage.rss() - residentBefore > WORTH_RETURNING_BYTES;
  try {
    if (isLarge) await returnFreedMemory();
    const residentLoaded = process.memoryUsage.rss();
    await onLoaded();
    const runs: TrialReport['runs'][number][] = [];
    for (const run of order.runs) runs.push(await attempt(session, run));
    const runMs = await timeWarmRuns(session, order.runs[0], runs[0]);
    const resident = Math.max(residentLoaded, process.memoryUsage.rss());
    const memoryBytes = Math.max(0, resident - residentBefore);
    const peak = peakResidentBytes();
    const peakBytes = peak > peakBefore ? Math.max(memoryBytes, peak - residentBefore) : memoryBytes;
    return { report: { loadMs, runMs, memoryBytes, runs }, peakBytes };
  } finally {
    await session.close();
    if (isLarge) await returnFreedMemory();
  }
}

async function attempt(session: OnnxSession, { inputs }: TrialRun): Promise<TrialReport['runs'][number]> {
  try {
    return { outputs: await session.run(inputs) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** Median in ms, `null` if the run is missing or failed. At least one repetition, however long it takes. */
async function timeWarmRuns(
  session: OnnxSession,
  run: TrialRun | undefined,
  result: TrialReport['runs'][number] | undefined,
): Promise<number | null> {
  if (run === undefined || result === undefined || 'error' in result) return null;
  const times: number[] = [];
  const begin = performance.now();
  while (times.length < WARM_RUNS && performance.now() - begin < WARM_RUNS_LIMIT_MS) {
    const costMs = startCost();
    await session.run(run.inputs);
    times.push(costMs());
  }
  times.sort((left, right) => left - right);
  return times[Math.floor(times.length / 2)] ?? null;
}

/**
 * What is done from here on costs, in milliseconds: the wall time, unless the processor time is less, because then the
 * machine did other things meanwhile; a trial gives way to the server's requests.
 */
function startCost(): () => number {
  const before = process.cpuUsage();
  const begin = performance.now();
  return () => {
    const wallMs = performance.now() - begin;
    const { user, system } = process.cpuUsage(before);
    // Some systems count in whole ticks.
    return user + system === 0 ? wallMs : Math.min(wallMs, (user + system) / 1000);
  };
}

/** The most that this process ever held, in bytes. */
function peakResidentBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
