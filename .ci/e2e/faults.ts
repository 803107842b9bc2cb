/**
 * A registry and a store that misbehave over real sockets, under load: every request is answered by the version that
 * serves, `GET /models/{model}`, metrics and log tell what is wrong, and when it is over the wanted version serves soon.
 *
 *   node .ci/e2e/faults.ts [--only TEXT] [--rounds N]   only faults whose name holds TEXT; all of them N times, default 1
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ProcessFigures, readProcessFigures } from '../../bench/scenarios/process-figures.ts';
import { irisQuestions } from '../../bench/scenarios/swaps.ts';
import { FaultyProxy } from '../../test/faults/faulty-proxy.ts';
import { MlflowStandIn } from '../../test/faults/mlflow-stand-in.ts';
import { CheckedLoad } from './checked-load.ts';
import { contentOf, type FaultScenario, faultScenarios } from './fault-scenarios.ts';
import { GatewayProcess, type ModelStatus } from './gateway-process.ts';
import { type Report, runPart } from './report.ts';
import { untilServed } from './until-served.ts';
import { waitUntil } from './wait-until.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, rounds: { type: 'string', default: '1' } },
});
const pollMs = 200;
/** How long a fault lasts: by then four loads have failed, and the next one is eight polls away. */
const faultMs = 1_600;
/** Two polls with their jitter, and what a busy machine adds until the load begins. */
const allowedMs = pollMs * 2 * 1.1 + 400;
/** What a load of a known model may take on a busy machine. */
const loadMs = 3_000;
/** Each move of a pointer that flaps is a line, and so is each swap. */
const mostLines = 30;
/** Versions are loaded all the while; ten swaps and a listing of 10,001 files are some 50 MiB. */
const mostGrowthMiB = 120;

interface Stage {
  readonly report: Report;
  readonly gateway: GatewayProcess;
  readonly proxy: FaultyProxy;
  readonly standIn: MlflowStandIn;
  readonly load: CheckedLoad;
}

function nextVersion(standIn: MlflowStandIn): Promise<number> {
  const next = Math.max(0, ...(standIn.store.models.get('iris')?.versions.keys() ?? [])) + 1;
  return standIn.register('iris', contentOf(next));
}

/** Everything about the gateway that a fault may change. */
async function look(gateway: GatewayProcess, load: CheckedLoad) {
  return {
    registryErrors: await gateway.metric('switchyard_registry_errors_total'),
    loads: await gateway.metric('switchyard_model_load_duration_seconds_count'),
    modelError: await gateway.metric('switchyard_model_error'),
    lines: readFileSync(gateway.process.logFile, 'utf8').split('\n').length,
    answered: load.answered,
    failed: load.failed + load.wrong,
  };
}

/** Waits until the status tells the fault, at most as long as it lasts. */
async function seeError(gateway: GatewayProcess, { code }: FaultScenario): Promise<ModelStatus['lastError']> {
  if (code === null) return null;
  const isTold = async () => {
    const { lastError } = await gateway.status('iris');
    return lastError !== null && lastError;
  };
  return waitUntil('the status tells it', faultMs, isTold).catch(() => null);
}

async function play(stage: Stage, scenario: FaultScenario): Promise<void> {
  const { report, gateway, proxy, standIn, load } = stage;
  const { name, hits, code, says, extraMs = 0 } = scenario;
  const wanted = await nextVersion(standIn);
  const bench = { proxy, standIn, wanted };
  const before = await look(gateway, load);
  const beganAt = performance.now();
  if (hits === 'store') standIn.promote('iris', wanted);
  await scenario.begin(bench);
  const seen = await seeError(gateway, scenario);
  await sleep(Math.max(0, faultMs - (performance.now() - beganAt)));
  const during = await look(gateway, load);
  proxy.mend();
  await scenario.end?.(bench);
  if (hits === 'registry') standIn.promote('iris', wanted);
  const { noticedMs, servedMs } = await untilServed(gateway, String(wanted), 15_000);
  const after = await look(gateway, load);
  const [answered, failed, lines] = [
    during.answered - before.answered,
    after.failed - before.failed,
    after.lines - before.lines,
  ];
  const errors = `${during.registryErrors - before.registryErrors} polls and ${during.loads - before.loads} loads`;
  report.note(
    `${name} | ${answered} answers, ${failed} failed | ${seen === null ? '–' : `${seen.code}: ${seen.message}`} | ${errors} failed | ${lines} lines | noticed after ${noticedMs.toFixed(0)} ms (${(noticedMs / pollMs).toFixed(1)} polls), served after ${servedMs.toFixed(0)} ms`,
  );
  report.check(`${name}: every request is answered and right`, answered > 0 && failed === 0, load.problems);
  if (code !== null) {
    const isTold = seen !== null && code.test(seen.code) && says.test(seen.message);
    report.check(`${name}: the status tells it`, isTold, seen);
    report.check(`${name}: a metric tells it`, during.modelError === 1, during);
  }
  report.check(`${name}: at most ${mostLines} lines in the log`, lines <= mostLines, String(lines));
  const isInTime = noticedMs <= allowedMs + extraMs && servedMs <= noticedMs + loadMs;
  report.check(`${name}: followed again in time`, isInTime, `${noticedMs} ms, ${servedMs} ms`);
}

async function start(directory: string) {
  const standIn = await MlflowStandIn.start();
  standIn.promote('iris', await standIn.register('iris', contentOf(1)));
  const proxy = await FaultyProxy.start(standIn.uri);
  const gateway = await GatewayProcess.start({
    directory,
    environment: {
      MLFLOW_TRACKING_URI: proxy.uri,
      SWITCHYARD_MODELS: 'models:/iris/Production',
      SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
    },
  });
  await gateway.waitUntilReady();
  // Both contents have passed their trial before anything is measured.
  for (let swap = 0; swap < 10; swap += 1) {
    const next = await nextVersion(standIn);
    standIn.promote('iris', next);
    const { servedMs } = await untilServed(gateway, String(next), 20_000);
    if (servedMs === Number.POSITIVE_INFINITY) throw new Error(gateway.process.logTail());
  }
  return { standIn, proxy, gateway };
}

function checkFigures(report: Report, samples: readonly ProcessFigures[]): void {
  const [first, last] = [samples.at(0)!, samples.at(-1)!];
  const growthMiB = (last.residentBytes - first.residentBytes) / 1024 ** 2;
  const shown = samples.map(({ residentBytes, descriptors }) => [
    Math.round(residentBytes / 1024 ** 2),
    descriptors,
  ]);
  report.note(
    `MiB resident, and descriptors, before and after each: ${shown.map((pair) => pair.join('/')).join(' ')}`,
  );
  report.check(
    `memory grows by ${growthMiB.toFixed(0)} MiB, at most ${mostGrowthMiB} a round`,
    growthMiB <= mostGrowthMiB * Number(values.rounds),
  );
  // Two connections that hang at the end, and what a poll has open.
  report.check('no descriptor is left open', last.descriptors <= first.descriptors + 5, shown);
}

await runPart('faults', async (report, directory) => {
  const { standIn, proxy, gateway } = await start(join(directory, 'gateway'));
  const { origin } = gateway;
  const load = new CheckedLoad({ origin, questions: await irisQuestions(), connections: 4, pauseMs: 2 });
  const samples = [readProcessFigures(gateway.process.pid)];
  const scenarios = faultScenarios.filter(({ name }) => name.includes(values.only));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const scenario of scenarios) {
      await play({ report, gateway, proxy, standIn, load }, scenario);
      samples.push(readProcessFigures(gateway.process.pid));
    }
  }
  await load.stop();
  checkFigures(report, samples);
  report.check('SIGTERM ends it with exit code 0', (await gateway.stop()) === 0, gateway.process.logTail());
  if (report.hasFailures) report.note(gateway.process.logTail(60));
  await proxy.close();
  await standIn.close();
});
