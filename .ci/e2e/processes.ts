/**
 * Two processes on one port: all flip together under load, what they count adds up, one that is killed is replaced, and
 * the group stops as one process does.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { irisQuestions } from '../../bench/scenarios/swaps.ts';
import { addVersion, movePointer } from '../../src/registry/directory/edit-registry.ts';
import { type CheckedAnswer, CheckedLoad } from './checked-load.ts';
import { checkout, GatewayProcess } from './gateway-process.ts';
import { readLog, servingProcesses } from './group-log.ts';
import { type Report, runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

const flips = 10;
const connections = 16;
/** What the processes may differ after the first answer of the new version, with the load on the same cores. */
const longestWindowMs = 250;

interface Bench {
  readonly report: Report;
  readonly directory: string;
  readonly registry: string;
  readonly gateway: GatewayProcess;
}

async function startBench(report: Report, directory: string): Promise<Bench> {
  const registry = join(directory, 'registry');
  for (const version of ['1', '2']) {
    const path = join(checkout, 'models-fixtures', 'iris', version);
    const stage = version === '1' ? 'Production' : null;
    await addVersion(registry, { name: 'iris', path, stage, alias: null });
  }
  const gateway = await GatewayProcess.start({
    directory,
    environment: {
      SWITCHYARD_PROCESSES: '2',
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_POLL_INTERVAL_MS: '100',
      SWITCHYARD_LOG_LEVEL: 'debug',
    },
  });
  const readyMs = await gateway.waitUntilReady();
  report.note(`ready after ${readyMs.toFixed(0)} ms`);
  return { report, directory, registry, gateway };
}

/** Moves the stage and waits until the status says that the version serves. */
async function flipTo({ registry, gateway }: Bench, version: string): Promise<void> {
  await movePointer(registry, 'iris', { kind: 'stage', stage: 'Production', version });
  // The connection on which is asked may be to a process that has just died.
  const isServing = async () =>
    (await gateway.status('iris').catch(() => null))?.current?.version === version;
  await waitUntil(`version ${version} serves`, 10_000, isServing);
}

async function startLoad({ gateway }: Bench, onAnswer: (answer: CheckedAnswer) => void = () => {}) {
  return new CheckedLoad({ origin: gateway.origin, questions: await irisQuestions(), connections, onAnswer });
}

/** How long after the first answer of the new version somebody could still ask and be answered by the old one. */
function windowOf(answers: readonly CheckedAnswer[], from: string, to: string): number {
  const firstNew = Math.min(...answers.filter(({ version }) => version === to).map(({ endedAt }) => endedAt));
  const lastOld = Math.max(
    ...answers.filter(({ version }) => version === from).map(({ startedAt }) => startedAt),
  );
  return Math.max(0, lastOld - firstNew);
}

function describe(figures: readonly number[]): string {
  const sorted = figures.toSorted((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]!.toFixed(1)} ms (median), ${sorted.at(-1)!.toFixed(1)} ms at most`;
}

async function checkFlips(bench: Bench): Promise<void> {
  const { report, gateway } = bench;
  const windows: number[] = [];
  let answers: CheckedAnswer[] = [];
  const moves = Array.from({ length: connections }, () => [] as string[]);
  const load = await startLoad(bench, (answer) => {
    answers.push(answer);
    const own = moves[answer.connection]!;
    if (own.at(-1) !== answer.version) own.push(answer.version);
  });
  await sleep(500);
  for (let flip = 0; flip < flips; flip++) {
    const [from, to] = flip % 2 === 0 ? ['1', '2'] : ['2', '1'];
    answers = [];
    await flipTo(bench, to!);
    await sleep(200);
    windows.push(windowOf(answers, from!, to!));
  }
  await load.stop();
  report.check(
    `${load.answered} answers on ${connections} connections through ${flips} flips, none failed, none wrong`,
    load.answered > 1_000 && load.failed + load.wrong === 0,
    load.problems,
  );
  const isOnce = moves.every((own) => own.length === flips + 1);
  report.check('every connection saw each flip once, and never went back', isOnce, moves);
  const longest = Math.max(...windows);
  const took = (await readLog(gateway, 'flipped')).slice(-flips).map((line) => line.tookMs!);
  report.note(`from the decision until every process has told that it has flipped: ${describe(took)}`);
  report.note(`from the first new answer to the last question answered by the old: ${describe(windows)}`);
  report.check(
    `${longestWindowMs} ms after the first answer of a version none comes from another`,
    longest <= longestWindowMs,
    windows,
  );
  const counted = await gateway.metric('switchyard_request_duration_seconds_count');
  report.check(`the metrics of both add up to ${load.answered}`, counted === load.answered, String(counted));
  const swapped = await gateway.metric('switchyard_swaps_total');
  report.check(`a swap of the group counts once (${swapped})`, swapped === flips + 1);
}

async function checkDeath(bench: Bench): Promise<void> {
  const { report, gateway } = bench;
  const [victim, survivor] = await servingProcesses(gateway);
  const counted = await gateway.metric('switchyard_request_duration_seconds_count');
  const load = await startLoad(bench);
  await sleep(500);
  process.kill(victim!, 'SIGKILL');
  const killedAt = performance.now();
  const isReplaced = async () => {
    const serving = await servingProcesses(gateway);
    return serving.length === 2 && !serving.includes(victim!);
  };
  await waitUntil('another process answers', 15_000, isReplaced);
  report.note(`another process answers ${(performance.now() - killedAt).toFixed(0)} ms after the kill`);
  const lost = load.failed;
  // Who was connected to the dead one may have been cut off in the middle of one request.
  report.check(
    `a process killed under load takes at most the requests on its connections with it (${lost})`,
    lost <= connections && load.wrong === 0,
    load.problems,
  );
  const answeredBefore = load.answered;
  await flipTo(bench, '2');
  await sleep(500);
  await load.stop();
  report.check(
    `${load.answered - answeredBefore} answers and a flip later none is lost any more`,
    load.answered > answeredBefore && load.failed === lost && load.wrong === 0 && load.version === '2',
    load.problems,
  );
  report.check('the other one went on', (await servingProcesses(gateway)).includes(survivor!));
  const now = await gateway.metric('switchyard_request_duration_seconds_count');
  report.check(`no counter has gone back (${counted}, then ${now})`, now > counted);
}

await runPart('several processes', async (report, directory) => {
  const bench = await startBench(report, directory);
  await checkFlips(bench);
  await checkDeath(bench);
  const code = await bench.gateway.stop();
  report.check('SIGTERM ends the group with exit code 0', code === 0, String(code));
  report.check('no process is left', !bench.gateway.process.hasLivingGroup());
});
