import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { adminToken, checkout, GatewayProcess } from './gateway-process.ts';
import { runPart } from './report.ts';

/**
 * schemathesis, with all its checks, against every operation of `/openapi.json`: what fits the document is answered as
 * it says, what does not is refused. What is taken out of requests, and why: `.ci/clients/schemathesis_hooks.py`.
 */

const run = promisify(execFile);
const clients = join(checkout, '.ci/clients');

/** Numbers in one input; and an input for each column, with texts, 64-bit integers and NaN. */
const MODELS = ['iris', 'titanic-like'];

await runPart('schemathesis', async (report, directory) => {
  const requirements = join(clients, 'requirements-schemathesis.txt');
  const { stdout } = await run(join(checkout, '.ci/venv.sh'), [requirements]);
  const registry = join(directory, 'models');
  for (const model of MODELS) {
    await cp(join(checkout, 'models-fixtures', model), join(registry, model), { recursive: true });
  }
  const gateway = await GatewayProcess.start({
    directory,
    environment: { SWITCHYARD_REGISTRY_DIR: registry, SWITCHYARD_DEFAULT_MODEL: 'iris' },
  });
  try {
    await gateway.waitUntilReady(60_000);
    const words = [
      'run',
      `${gateway.origin}/openapi.json`,
      ...['--header', `Authorization: Bearer ${adminToken}`],
      ...['--checks', 'all'],
      ...['--max-examples', '10'],
      ...['--seed', '6'],
      '--continue-on-failure',
    ];
    const ended = await run(join(stdout.trim(), 'bin/schemathesis'), words, {
      // It leaves its notes in the working directory.
      cwd: directory,
      env: {
        PATH: process.env.PATH ?? '',
        PYTHONPATH: clients,
        PYTHONDONTWRITEBYTECODE: '1',
        SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
      },
      timeout: 220_000,
      maxBuffer: 2 ** 26,
    }).catch((error) => ({ ...error, failed: true }));
    report.check('schemathesis found nothing', !('failed' in ended), `\n${ended.stdout}${ended.stderr}`);
    const tested = Number(/Tested: +(\d+)/.exec(ended.stdout)?.[1] ?? 0);
    const document = (await (await fetch(`${gateway.origin}/openapi.json`)).json()) as Document;
    const all = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length;
    report.check(`it tested all ${all} operations`, tested === all, tested);
    report.check('no operation is without test data', !ended.stdout.includes('Missing test data'));
    report.note(`${/\d+ generated.*/.exec(ended.stdout)?.[0]} for ${tested} operations`);
    const answers = await gateway.metric('switchyard_request_duration_seconds_count');
    report.check('models were reached', answers > 1000, answers);
  } finally {
    await gateway.stop();
  }
});

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
