/** Every script of examples/lifecycle against a real MLflow with PostgreSQL, S3 and accounts, what each logged, and a gateway that serves what they promote. */
import { join } from 'node:path';
import { ExampleScripts, type Finished, type LoggedRun } from './example-scripts.ts';
import { GatewayProcess } from './gateway-process.ts';
import { MlflowServer } from './mlflow-server.ts';
import { ObjectStore } from './object-store.ts';
import { PostgresServer } from './postgres-server.ts';
import { type Report, runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

const pollMs = 500;
const plainUri = 'models:/wine-plain/Production';
const routes = { wine: 'models:/wine/Production', champion: 'models:/wine@champion' };

interface Answers {
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly probabilities: readonly number[];
}

interface Registered {
  readonly stage: string;
  readonly aliases: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

function checkEnded(report: Report, what: string, ended: Finished, said: string, code = 0): Finished {
  const holds = ended.code === code && ended.output.includes(said);
  report.check(`${what} ends with ${code} and says "${said}"`, holds, `${ended.code}\n${ended.output}`);
  return ended;
}

function checkLogged(report: Report, runs: readonly LoggedRun[]): void {
  const named = (name: string) => runs.find((run) => run.name === name);
  const forest = named('forest');
  report.check(
    'the forest has parameters, metrics, importances and a model',
    forest?.params.n_estimators === '50' &&
      (forest.metrics.accuracy ?? 0) > 0.9 &&
      ['csv', 'json', 'png'].every((kind) => forest.artifacts.includes(`importance/importance.${kind}`)) &&
      forest.flavors.includes('sklearn'),
    forest,
  );

  const grown = named('forest that grows');
  report.check(
    "own measurements have ten steps each, and MLflow's own are beside them",
    ['process/rss_megabytes', 'process/cpu_percent', 'process/fit_seconds', 'accuracy'].every(
      (name) => grown?.steps[name]?.join() === '100,200,300,400,500,600,700,800,900,1000',
    ) && (grown?.metrics['system/system_memory_usage_megabytes'] ?? 0) > 0,
    grown,
  );

  const search = named('grid search');
  const candidates = runs.filter((run) => run.parent === search?.id && run.name.startsWith('candidate'));
  const best = Math.max(...candidates.map((run) => run.metrics.cv_accuracy ?? 0));
  report.check('the grid search has six nested runs', candidates.length === 6, candidates);
  report.check(
    "the best candidate's score is the parent's, with the table and the model",
    search?.metrics.best_cv_accuracy === best &&
      search.artifacts.includes('candidates.json') &&
      search.flavors.includes('sklearn'),
    search,
  );

  const trained = runs.find((run) => run.entryPoint === 'main');
  const judged = runs.filter((run) => run.entryPoint === 'evaluate');
  report.check(
    'the project trained with its parameters and judged that run',
    trained?.params.trees === '10' &&
      trained.flavors.includes('sklearn') &&
      judged.some((run) => run.status === 'FINISHED' && run.params.run_id === trained.id),
    { trained, judged },
  );
  report.check(
    'a run that is not good enough is FAILED',
    judged.some((run) => run.status === 'FAILED' && (run.metrics.accuracy ?? 0) > 0.5),
    judged,
  );
}

/** Both routes answer with this version, and as scikit-learn does. */
async function checkServes(
  report: Report,
  gateway: GatewayProcess,
  scripts: ExampleScripts,
  version: string,
  expected: Answers | undefined,
): Promise<void> {
  if (expected === undefined) {
    throw new Error(`scikit-learn's answers of version ${version} were not read`);
  }
  for (const [route, uri] of Object.entries(routes)) {
    await waitUntil(`${uri} is version ${version}`, 20_000, async () => {
      return (await gateway.status(route)).current?.version === version;
    });
    const response = await fetch(`${gateway.origin}/models/${route}/predict`, {
      method: 'POST',
      body: JSON.stringify({ features: expected.rows }),
    });
    const { predictions } = (await response.json()) as {
      predictions: { prediction: number; probability: number }[];
    };
    const differences = predictions.map((given, i) =>
      Math.abs(given.probability - (expected.probabilities[i] ?? 9)),
    );
    report.check(
      `${uri}: ${predictions.length} answers of version ${version} are scikit-learn's, largest difference ${Math.max(...differences).toExponential(1)}`,
      response.headers.get('x-model-version') === version &&
        predictions.length === expected.labels.length &&
        predictions.every((given, i) => given.prediction === expected.labels[i]) &&
        Math.max(...differences) < 1e-5,
      predictions,
    );
  }
  const shown = await scripts.shell('07_predict.sh', gateway.origin);
  const isShown = Object.values(routes).every((uri) =>
    shown.output.includes(`${uri} (version ${version}): {`),
  );
  report.check(`07_predict.sh shows version ${version} twice`, shown.code === 0 && isShown, shown.output);
}

/** A model that scikit-learn alone has logged answers as scikit-learn does, by the same rows to the last digits. */
async function checkPlain(
  report: Report,
  gateway: GatewayProcess,
  scripts: ExampleScripts,
  version: string,
): Promise<void> {
  await waitUntil(`${plainUri} is version ${version}`, 20_000, async () => {
    return (await gateway.status('plain')).current?.version === version;
  });
  const expected = await scripts.ask<Answers>('plain_answers', version);
  const response = await fetch(`${gateway.origin}/models/plain/predict`, {
    method: 'POST',
    body: JSON.stringify({ features: expected.rows }),
  });
  const { predictions } = (await response.json()) as {
    predictions: { prediction: number; probability: number }[];
  };
  const differences = predictions.map((given, at) =>
    Math.abs(given.probability - (expected.probabilities[at] ?? 9)),
  );
  const { conversion } = await gateway.status('plain');
  report.check(
    `${plainUri}: ${predictions.length} answers of version ${version} (${conversion?.estimator}), logged without an export, are scikit-learn's, largest difference ${Math.max(...differences).toExponential(1)}`,
    response.headers.get('x-model-version') === version &&
      predictions.length === expected.labels.length &&
      predictions.every((given, at) => given.prediction === expected.labels[at]) &&
      Math.max(...differences) <= 1e-12,
    predictions,
  );
}

/** What users do wrong: MLflow lets them, and the gateway goes on serving what it served. */
async function checkMistakes(
  report: Report,
  gateway: GatewayProcess,
  scripts: ExampleScripts,
  forestRun: string,
): Promise<void> {
  const response = await fetch(`${gateway.origin}/models/wine/predict`, {
    method: 'POST',
    body: JSON.stringify({ features: { alcohool: 13.2 } }),
  });
  const problem = await response.text();
  report.check(
    'a misspelt column is 400 and told',
    response.status === 400 && /did you mean \\"alcohol\\"/.test(problem),
    problem,
  );

  const [plain, narrow] = await Promise.all([
    scripts.ask<string>('plain', forestRun),
    scripts.ask<string>('narrow'),
  ]);
  const mistakes = [
    ['plain', 'no onnx flavour', 'SIGNATURE_INCOMPATIBLE', plain],
    ['narrow', 'its columns differ', 'SIGNATURE_INCOMPATIBLE', narrow],
  ] as const;
  for (const [what, said, code, version] of mistakes) {
    const promoted = await scripts.python('06_promote.py', 'promote', version);
    checkEnded(report, `promoting the ${what} version`, promoted, said, 1);
    await scripts.ask('stage', version);
    await waitUntil('the gateway has an error', 20_000, async () => {
      const { desired, lastError } = await gateway.status('wine');
      return desired?.version === version && lastError !== null;
    });
    const { current, lastError } = await gateway.status('wine');
    report.check(`forced into Production it is refused with ${code}`, lastError?.code === code, lastError);
    report.check('what served goes on', current !== null && current.version !== version, current);
    report.note(`${what}: ${lastError?.message}`);
  }
}

await runPart('examples', async (report, directory) => {
  const postgres = await PostgresServer.create();
  const store = await ObjectStore.start(join(directory, 's3'));
  const registry = await MlflowServer.create({
    directory: join(directory, 'mlflow'),
    major: '3',
    backendStore: await postgres.createDatabase('mlflow'),
    artifacts: { root: await store.createBucket('models'), proxied: true },
    auth: {
      defaultPermission: 'READ',
      database: await postgres.createDatabase('accounts'),
      cacheSeconds: 10,
    },
    environment: store.environment,
  });
  const scripts = await ExampleScripts.create(directory, registry.adminEnvironment);
  const tookMs: string[] = [];
  const python = async (script: string, said: string, code: number, ...parameters: string[]) => {
    const ended = await scripts.python(script, ...parameters);
    tookMs.push(`${script} ${(ended.tookMs / 1000).toFixed(1)}`);
    return checkEnded(report, [script, ...parameters].join(' '), ended, said, code);
  };

  await python('01_track_forest.py', 'accuracy 0.9', 0);
  const tracking = async () => {
    await python('02_system_metrics.py', 'process/rss_megabytes', 0);
    await python('03_grid_search.py', 'best of 6', 0);
    await python(
      '04_register_plain.py',
      'version 1, the model of the run forest, is in Production',
      0,
      'forest',
    );
    const trained = await scripts.project('-P', 'trees=10');
    checkEnded(report, 'mlflow run', trained, 'trained in run');
    const runId = /trained in run (\w+)/.exec(trained.output)?.[1] ?? '';
    const judge = (least: string) =>
      scripts.project('-e', 'evaluate', '-P', `run_id=${runId}`, '-P', `least_accuracy=${least}`);
    checkEnded(report, 'mlflow run -e evaluate', await judge('0.9'), `of run ${runId}`);
    checkEnded(report, 'mlflow run -e evaluate, too strict', await judge('1.01'), 'is below 1.01', 1);
    await python('as_often_written.py', "register_model('runs:/", 0);
    const onMlflow2 = await scripts.pythonOfMlflow2('as_often_written.py');
    checkEnded(
      report,
      'as_often_written.py on MLflow 2.22',
      onMlflow2,
      "ok    sklearn.log_model(forest, 'model')",
    );
  };
  const promotion = async () => {
    const flavours = 'has the flavours onnx, python_function, sklearn';
    await python('05_log_onnx.py', `version 1 ${flavours}`, 0, '--trees', '5', '--depth', '1');
    await python('06_promote.py', 'version 1 is in Production and @champion', 0, 'promote', '1');
    await python('05_log_onnx.py', `version 2 ${flavours}`, 0);
    await python('05_log_onnx.py', `version 3 ${flavours}`, 0, '--trees', '2', '--depth', '1');
  };
  await Promise.all([tracking(), promotion()]);
  const [runs, answers] = await Promise.all([
    scripts.ask<LoggedRun[]>('runs'),
    scripts.ask<Record<string, Answers>>('answers', '1', '2'),
  ]);
  checkLogged(report, runs);

  const environment = {
    ...registry.gatewayEnvironment,
    SWITCHYARD_MODELS: `wine=${routes.wine},champion=${routes.champion},plain=${plainUri}`,
    SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
  };
  const gateway = await GatewayProcess.start({ directory: join(directory, 'gateway'), environment });
  await gateway.waitUntilReady();
  await checkServes(report, gateway, scripts, '1', answers['1']);
  await checkPlain(report, gateway, scripts, '1');
  await python('04_register_plain.py', 'version 2, the model of the run grid search', 0);
  await checkPlain(report, gateway, scripts, '2');

  await python(
    '06_promote.py',
    'version 2 is in Production and @champion; before it was 1',
    0,
    'promote',
    '2',
  );
  await checkServes(report, gateway, scripts, '2', answers['2']);

  await python('06_promote.py', 'version 3 stays in Staging: accuracy', 1, 'promote', '3');
  const third = await scripts.ask<Registered>('version', '3');
  report.check(
    'version 3 is in Staging, @challenger, and tagged with the reason',
    third.stage === 'Staging' &&
      third.aliases.includes('challenger') &&
      (third.tags.validation?.startsWith('failed: accuracy') ?? false),
    third,
  );

  await python('06_promote.py', 'version 1 is back in Production', 0, 'rollback');
  await checkServes(report, gateway, scripts, '1', answers['1']);
  const second = await scripts.ask<Registered>('version', '2');
  report.check('the version rolled back from is archived', second.stage === 'Archived', second);

  await checkMistakes(report, gateway, scripts, runs.find((run) => run.name === 'forest')?.id ?? '');
  report.check('SIGTERM ends the gateway with exit code 0', (await gateway.stop()) === 0);
  report.note(`seconds: ${tookMs.join(', ')}`);
  if (report.hasFailures) {
    report.note(gateway.process.logTail(40));
  }
  await registry.stop();
  await store.stop();
  await postgres.remove();
});
