/** The tests of the S3 source, with a real S3-compatible server in place of the one that only answers like it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OwnedProcess } from './child-process.ts';
import { checkout } from './gateway-process.ts';
import { ObjectStore } from './object-store.ts';
import { runPart } from './report.ts';

await runPart('S3 contract', async (report, directory) => {
  const store = await ObjectStore.start(join(directory, 'store'));
  const vitest = join(checkout, 'node_modules', 'vitest', 'vitest.mjs');
  const command = [process.execPath, vitest, 'run', 'test/artifacts/s3'] as const;
  const tests = new OwnedProcess(command, {
    directory: checkout,
    environment: {
      PATH: process.env.PATH ?? '',
      HOME: directory,
      NO_COLOR: '1',
      SWITCHYARD_TEST_S3_ENDPOINT: store.endpoint,
    },
    logFile: join(directory, 'tests.log'),
  });
  const code = await tests.exited;
  const said = readFileSync(tests.logFile, 'utf8');
  const asked = (await store.requestLog()).match(/"GET \/models-/g)?.length ?? 0;
  report.note(`${/Tests {2}(.*)/.exec(said)?.[1] ?? 'no result'}; moto was asked ${asked} times`);
  report.check('all tests pass', code === 0, said.slice(-4_000));
  report.check('the store was asked', asked > 15, asked);
  await store.stop();
});
