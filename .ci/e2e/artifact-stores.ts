/** Every place that MLflow's artifacts may lie in, with real servers: what is fetched, refused, cut and gone on with. --mlflow 2|3 --only files|proxied|direct */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ArtifactPlace } from './artifact-place.ts';
import { checkFiles } from './artifacts-in-files.ts';
import { checkDirectStore, checkProxiedStore } from './artifacts-in-s3.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { ObjectStore } from './object-store.ts';
import { runPart } from './report.ts';

const { values } = parseArgs({
  options: { mlflow: { type: 'string', default: '3' }, only: { type: 'string', default: '' } },
});
const major = values.mlflow === '2' ? '2' : '3';
const places = { files: checkFiles, proxied: checkProxiedStore, direct: checkDirectStore };

/** Distinct enough to be found in a log; moto takes any. */
const keys = {
  AWS_ACCESS_KEY_ID: 'AKIDONLYFORTHISTEST',
  AWS_SECRET_ACCESS_KEY: 'secret-only-for-this-test',
  AWS_SESSION_TOKEN: 'token-only-for-this-test',
};

await runPart(`artifact stores, MLflow ${major}`, async (report, directory) => {
  const store = await ObjectStore.start(join(directory, 'store'));
  for (const bucket of ['proxied', 'direct']) await store.createBucket(bucket);
  const cut = await CuttingProxy.start(store.endpoint);
  const storeEnvironment = { ...keys, MLFLOW_S3_ENDPOINT_URL: cut.origin };
  const place = new ArtifactPlace({ report, directory, major, store, cut, storeEnvironment });
  const logs = () => Promise.all(place.gateways.map(({ process }) => readFile(process.logFile, 'utf8')));
  try {
    for (const [name, check] of Object.entries(places))
      if (values.only === '' || values.only === name) await check(place);
    const said = await logs();
    const secrets = [...Object.values(keys), 'X-Amz-Signature', 'AWS4-HMAC'];
    const leaked = secrets.filter((secret) => said.some((log) => log.includes(secret)));
    report.check(
      `no key or signature stands in the logs of ${said.length} gateways`,
      leaked.length === 0,
      leaked,
    );
    place.printTable();
  } catch (error) {
    for (const gateway of place.gateways) report.note(gateway.process.logTail(12));
    throw error;
  }
  await cut.close();
  await store.stop();
});
