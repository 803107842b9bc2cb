/**
 * The same requests to the gateway and to real `mlflow models serve` of the same models, MLflow 3 and 2: equal answers,
 * or a difference that is listed with its reason. And MLflow's own client against the gateway.
 */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout, GatewayProcess } from './gateway-process.ts';
import type { MlflowMajor } from './mlflow-admin.ts';
import { type Report, runPart } from './report.ts';
import { ask, compare, outcomeOf, type ScoringAnswer } from './scoring-answer.ts';
import { FLOWER_CASES, type ScoringCase, TEXT_CASES, TYPED_CASES } from './scoring-cases.ts';
import { DIFFERENCES, LIKE, MODELS, OTHER_SHAPES, type ScoringModel } from './scoring-differences.ts';
import { ScoringServer } from './scoring-server.ts';

const run = promisify(execFile);

/** MLflow 2 answers as 3 does but for text, so a few models tell. */
const COMPARED: Readonly<Record<MlflowMajor, readonly ScoringModel[]>> = {
  '3': MODELS,
  '2': ['classifier', 'typed', 'text'],
};

async function venvOf(major: MlflowMajor): Promise<string> {
  const requirements = join(checkout, '.ci', 'mlflow', `requirements-${major}.txt`);
  return (await run(join(checkout, '.ci', 'venv.sh'), [requirements])).stdout.trim();
}

function casesOf(model: ScoringModel): readonly ScoringCase[] {
  if (model === 'typed') return TYPED_CASES;
  return model === 'text' ? TEXT_CASES : FLOWER_CASES;
}

/** Counts what was equal, and which listed differences were met. */
class Comparison {
  equal = 0;
  otherShape = 0;
  readonly met = new Map<string, number>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  add(major: MlflowMajor, model: ScoringModel, one: ScoringCase, mlflow: ScoringAnswer, here: ScoringAnswer) {
    const likeness = compare(mlflow, here);
    const listed = DIFFERENCES.find(
      (difference) =>
        (difference.major ?? major) === major &&
        (difference.models.includes(model) || difference.models.includes(LIKE[model] ?? model)) &&
        difference.cases.includes(one.name),
    );
    const claim = `MLflow ${major}, ${model}: ${one.name}`;
    const seen = { mlflow: mlflow.text.slice(0, 300), here: here.text.slice(0, 300) };
    // A model of double precision has fewer differences than the one that it is like.
    const isToDiffer = likeness !== 'equal' || listed?.models.includes(model);
    if (listed !== undefined && isToDiffer) {
      const outcomes = { mlflow: outcomeOf(mlflow), here: outcomeOf(here) };
      const isAsListed = outcomes.mlflow === listed.mlflow && outcomes.here === listed.here;
      if (likeness !== 'equal' && isAsListed)
        this.met.set(listed.because, (this.met.get(listed.because) ?? 0) + 1);
      else this.#report.check(`${claim} differs as it is listed`, false, { ...outcomes, ...seen });
    } else if (likeness === 'equal') this.equal++;
    else if (likeness === 'same values' && OTHER_SHAPES.includes(model)) this.otherShape++;
    else this.#report.check(`${claim} is answered equally`, false, seen);
  }

  finish(): void {
    const unknown = DIFFERENCES.flatMap(({ models, cases }) =>
      models.flatMap((model) => cases.filter((name) => !casesOf(model).some((one) => one.name === name))),
    );
    this.#report.check('every difference is of requests that were sent', unknown.length === 0, unknown);
    const met = [...this.met.values()].reduce((sum, count) => sum + count, 0);
    const all = this.equal + this.otherShape + met;
    this.#report.check(
      `${all} pairs of answers: ${this.equal} equal, ${this.otherShape} with the same values in another shape, ${met} as listed`,
      this.equal > 200 && met > 100,
    );
    for (const [because, count] of this.met) this.#report.note(`${count} ${because}`);
  }
}

async function checkClient(report: Report, major: MlflowMajor, venv: string, port: number): Promise<void> {
  const script = join(checkout, '.ci', 'mlflow', 'score-with-client.py');
  const { stdout } = await run(join(venv, 'bin', 'python'), [script, String(port)]);
  const said = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  const frame = said.frame as { readonly variable?: readonly number[] };
  report.check(
    `MLflow ${major}'s ScoringServerClient gets a frame of predictions, whatever it sends`,
    frame.variable?.length === 2 &&
      JSON.stringify(said.reordered) === JSON.stringify(frame) &&
      JSON.stringify(said.array) === JSON.stringify(frame) &&
      JSON.stringify(said.ndarray) === JSON.stringify(frame.variable?.map((value) => [value])),
    said,
  );
  report.check(
    `MLflow ${major}'s ScoringServerClient shows the version and the reason of a refusal`,
    said.version === '0.1.0' &&
      String(said.refused).includes('Invocation failed (error code 400') &&
      String(said.refused).includes('expected a number (double), got a string'),
    said,
  );
}

await runPart('scoring', async (report, directory) => {
  const venvs = { '3': await venvOf('3'), '2': await venvOf('2') };
  const models = join(directory, 'models');
  const save = join(checkout, '.ci', 'mlflow', 'save-scoring-models.py');
  await run(join(venvs['3'], 'bin', 'python'), [save, models], { cwd: directory });
  const gateway = await GatewayProcess.start({
    directory: join(directory, 'gateway'),
    environment: { SWITCHYARD_REGISTRY_DIR: models, SWITCHYARD_DEFAULT_MODEL: 'regressor' },
  });
  await gateway.waitUntilReady();

  const comparison = new Comparison(report);
  for (const major of ['3', '2'] as const) {
    const home = join(directory, `mlflow-${major}`);
    await mkdir(home);
    const started = COMPARED[major].map(async (model) => {
      const options = { directory: home, venv: venvs[major], model: join(models, model, '1') };
      const server = await ScoringServer.start(options);
      for (const one of casesOf(model)) {
        const [theirs, ours] = await Promise.all([
          ask(`${server.origin}/invocations`, one),
          ask(`${gateway.origin}/models/${model}/invocations`, one),
        ]);
        comparison.add(major, model, one, theirs, ours);
      }
      await server.stop();
    });
    await Promise.all(started);
    await checkClient(report, major, venvs[major], gateway.port);
  }
  comparison.finish();
  report.check('SIGTERM ends the gateway with exit code 0', (await gateway.stop()) === 0);
});
