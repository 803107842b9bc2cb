import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactPlace, cutAfterBytes, largeWidth } from './artifact-place.ts';
import { logLinearModels } from './linear-models.ts';
import { MlflowServer } from './mlflow-server.ts';

const specs = ['small=models:10', `large=models:${largeWidth}`];

/** Files in an S3-compatible store behind the server: by URLs that it signs, and through it. */
export async function checkProxiedStore(place: ArtifactPlace): Promise<void> {
  const { report, directory, major, store, cut, storeEnvironment } = place.options;
  const home = join(directory, 'proxied-s3');
  const artifacts = { root: 's3://proxied/artifacts', proxied: true };
  const server = await MlflowServer.create({
    directory: home,
    major,
    artifacts,
    environment: storeEnvironment,
  });
  const models = await logLinearModels(server, home, specs);
  report.note(`proxied S3: large is found at ${models.large!.location}`);
  const signed = async () =>
    (await store.requestLog()).match(/GET \S*model\.onnx\?\S*X-Amz-Signature/g)?.length ?? 0;

  // MLflow 2 signs none; there it would be the server's own reading that is cut.
  if (major === '3') cut.cutNext(2, cutAfterBytes);
  const gateway = await place.follow('signed', {
    ...server.gatewayEnvironment,
    MLFLOW_S3_ENDPOINT_URL: cut.origin,
  });
  await place.checkModels('proxied S3', gateway, models);
  const asked = await signed();
  if (major === '3') {
    await place.checkCut('presigned, MLflow 3', gateway, cut, true);
    report.check('the large file came by presigned URLs, three after two cuts', asked === 3, asked);
    place.tell('mlflow-artifacts: over S3, presigned', 'fetched; cut twice, gone on');
  } else {
    report.check('MLflow 2 signs no URLs, and all comes through it', asked === 0, asked);
  }
  const through = await place.follow('through', server.gatewayEnvironment);
  await place.checkModels('proxied S3 through the server', through, models);
  report.check('a store at a loopback address that nobody listed is not asked', (await signed()) === asked);
  if (major === '3') {
    const log = await readFile(through.process.logFile, 'utf8');
    report.check('that is said once', log.match(/comes through the MLflow server/g)?.length === 1);
  }
  place.tell('mlflow-artifacts: over S3, through the server', 'fetched');
  await place.stopGateways();
  await server.stop();
}

/** Files in an S3-compatible store that the gateway reads itself. */
export async function checkDirectStore(place: ArtifactPlace): Promise<void> {
  const { report, directory, major, cut, storeEnvironment } = place.options;
  const home = join(directory, 'direct-s3');
  const artifacts = { root: 's3://direct/art é%41', proxied: false };
  const server = await MlflowServer.create({
    directory: home,
    major,
    artifacts,
    environment: storeEnvironment,
  });
  const models = await logLinearModels(server, home, specs);
  report.note(`direct S3: large is found at ${models.large!.location}`);
  cut.cutNext(2, cutAfterBytes);
  const environment = { ...server.gatewayEnvironment, ...storeEnvironment };
  const gateway = await place.follow('s3', environment);
  await place.checkModels('direct S3', gateway, models);
  await place.checkCut(`direct S3, MLflow ${major}`, gateway, cut, true);
  place.tell('s3: without --serve-artifacts', 'fetched; cut twice, gone on');

  const keyless = await place.follow('keyless', {
    ...server.gatewayEnvironment,
    MLFLOW_S3_ENDPOINT_URL: cut.origin,
  });
  await place.checkRefusal(
    'without keys it says how to get some',
    keyless,
    'small',
    /there are no AWS credentials: set AWS_ACCESS_KEY_ID/,
  );
  const nowhere = await place.follow('nowhere', {
    ...environment,
    MLFLOW_S3_ENDPOINT_URL: 'http://127.0.0.1:9',
  });
  await place.checkRefusal(
    'a store that does not answer is named',
    nowhere,
    'small',
    /"http:\/\/127\.0\.0\.1:9" \(MLFLOW_S3_ENDPOINT_URL\) does not answer/,
  );
  place.tell('s3: without keys, without a store', 'refused, with what to do');
  await place.stopGateways();
  await server.stop();
}
