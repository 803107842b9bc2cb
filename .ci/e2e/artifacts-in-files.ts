import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answerRangedFile } from '../../test/fakes/ranged-file.ts';
import { type ArtifactPlace, cutAfterBytes, largeBytes, largeWidth } from './artifact-place.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { canMount, checkFullDisk } from './full-disk.ts';
import { checkout } from './gateway-process.ts';
import { type LinearModels, logLinearModels } from './linear-models.ts';
import { MlflowServer } from './mlflow-server.ts';

const refusals: Readonly<Record<string, readonly [source: string, sentence: RegExp]>> = {
  google: [
    'gs://bucket/1/model',
    /"gs:" \(Google Cloud Storage\) is not read directly; let the MLflow server/,
  ],
  azure: [
    'wasbs://models@account.blob.core.windows.net/1',
    /"wasbs:" \(Azure Blob Storage\) is not read directly/,
  ],
  databricks: ['dbfs:/models/1', /"dbfs:" is Databricks’ own store.*mlflow artifacts download/],
};

/** Of other columns than the large one. */
const smallModel = join(checkout, 'models-fixtures', 'iris', '1');

interface Files {
  readonly place: ArtifactPlace;
  readonly server: MlflowServer;
  readonly models: LinearModels;
  /** Of a gateway that may read all of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether this MLflow registers versions that lie on a web server. */
  readonly onWeb: boolean;
}

/** Files that lie in directories: behind the server, on a shared volume, on a web server; and what is refused. */
export async function checkFiles(place: ArtifactPlace): Promise<void> {
  const { report, directory, major } = place.options;
  const home = join(directory, 'files');
  const shared = join(directory, 'shared');
  const server = await MlflowServer.create({ directory: home, major });
  const experiment = { name: 'volume', artifact_location: `file://${shared}` };
  await server.admin.call('POST', '/api/2.0/mlflow/experiments/create', experiment);
  const models = await logLinearModels(server, home, [
    'small=proxied:10',
    `large=proxied:${largeWidth}`,
    'by-run=proxied:10:run',
    `volume=volume:${largeWidth}`,
    'grows=proxied:10',
    `grows=proxied:${largeWidth}`,
  ]);
  for (const [name, { source, location }] of Object.entries(models))
    report.note(`${name}: source ${source}, found at ${location}`);
  for (const [name, [source]] of Object.entries(refusals)) {
    await server.admin.createModel(name);
    await server.admin.createVersion(name, source);
  }
  const web = await startWebServer(fileURLToPath(models.volume!.location));
  const onWeb = await registerOnWeb(place, server, web);
  const environment = {
    ...server.gatewayEnvironment,
    SWITCHYARD_ARTIFACT_ROOTS: shared,
    SWITCHYARD_ARTIFACT_ORIGINS: web.listed,
  };
  const files = { place, server, models, environment, onWeb };
  await checkCutProxy(files);
  await checkEverything(files);
  await checkDisk(files);
  await place.stopGateways();
  web.close();
  await server.stop();
}

async function checkCutProxy({ place, server, models, environment }: Files): Promise<void> {
  const { major } = place.options;
  const proxy = await CuttingProxy.start(server.uri);
  proxy.cutNext(2, cutAfterBytes);
  const gateway = await place.follow('cut', {
    ...environment,
    MLFLOW_TRACKING_URI: proxy.origin,
    SWITCHYARD_MODELS: 'models:/large/latest',
  });
  await place.checkModels('proxied files, cut twice', gateway, { large: models.large! });
  // MLflow 2 sends neither an ETag nor a length, and knows no ranges.
  await place.checkCut(`proxied files, MLflow ${major}`, gateway, proxy, major === '3');
  place.tell(
    'mlflow-artifacts: over a directory',
    major === '3' ? 'fetched; cut twice, gone on' : 'fetched; cut twice, begun anew',
  );
  await place.stopGateways();
  await proxy.close();
}

async function checkEverything({ place, models, environment, onWeb }: Files): Promise<void> {
  const gateway = await place.follow('files', environment);
  const wanted = { ...models, ...(onWeb ? { listed: models.volume! } : {}) };
  await place.checkModels('files', gateway, wanted);
  place.tell(`runs:/… (found at ${models['by-run']!.location.split('/')[0]})`, 'fetched');
  place.tell(
    `${models.small!.source.startsWith('models:/m-') ? 'models:/m-…' : 'path of the run'}`,
    'fetched',
  );
  place.tell('file: on a shared volume', 'fetched; outside the listed roots refused');
  for (const [name, [source, sentence]] of Object.entries(refusals)) {
    await place.checkRefusal(`${source} is refused with what to do`, gateway, name, sentence);
    place.tell(`${source.split(':')[0]}:`, 'refused, with what to do');
  }
  if (onWeb) {
    const claim = 'an http origin that is not listed is refused';
    await place.checkRefusal(claim, gateway, 'unlisted', /SWITCHYARD_ARTIFACT_ORIGINS/);
    place.tell('http: of a web server', 'listed origin fetched, other refused');
  }
  const closed = await place.follow('closed', {
    ...environment,
    SWITCHYARD_MODELS: 'models:/volume/latest',
    SWITCHYARD_ARTIFACT_ROOTS: join(place.options.directory, 'elsewhere'),
  });
  await place.checkRefusal(
    'file: outside the listed roots is refused',
    closed,
    'volume',
    /SWITCHYARD_ARTIFACT_ROOTS/,
  );
}

async function checkDisk({ place, server, environment, onWeb }: Files): Promise<void> {
  const { report, directory } = place.options;
  if (!(await canMount(join(directory, 'mount')))) {
    report.note('THE FULL DISK WAS NOT TRIED: this user may not mount a file system (root may)');
    place.tell('full disk', 'NOT TRIED: mounting needs root');
    return;
  }
  const common = {
    registry: server,
    environment: { ...environment, SWITCHYARD_POLL_INTERVAL_MS: '500' },
    neededMB: largeBytes / 1e6,
  };
  await checkFullDisk(report, 'full disk, seen before', {
    ...common,
    directory: join(directory, 'disk'),
    model: 'grows',
    message: /20\.0 MB are needed, .* are free\): free some/,
  });
  place.tell('full disk, sizes listed', 'refused before the download; mended by itself');
  if (!onWeb) return;
  await checkFullDisk(report, 'full disk, while it is written', {
    ...common,
    directory: join(directory, 'disk-web'),
    model: 'web',
    message: /no space is left for the artifact cache in [^(]*: free some/,
  });
  place.tell('full disk, sizes unknown', 'ENOSPC while it was written; mended by itself');
}

/** Versions whose source is a web server. @returns false where this MLflow refuses them */
async function registerOnWeb(
  place: ArtifactPlace,
  { admin }: MlflowServer,
  web: Awaited<ReturnType<typeof startWebServer>>,
): Promise<boolean> {
  const { report, major } = place.options;
  await admin.createModel('listed');
  try {
    await admin.createVersion('listed', `${web.listed}/large`);
  } catch (error) {
    await admin.deleteModel('listed');
    report.check(
      'MLflow 3 refuses http: sources itself',
      major === '3' && /400/.test(String(error)),
      String(error),
    );
    place.tell('http: of a web server', 'this MLflow refuses to register it');
    return false;
  }
  await admin.createModel('unlisted');
  await admin.createVersion('unlisted', `${web.unlisted}/large`);
  await admin.createModel('web');
  await admin.createVersion('web', `${web.listed}/small`);
  await admin.createVersion('web', `${web.listed}/large`);
  await admin.setVersionTag('web', '2', 'switchyard.allow_breaking', 'true');
  return true;
}

/** A web server of two names with the model of a directory at `/large`, and a small one at `/small`. */
async function startWebServer(large: string) {
  const server = createServer((request, response) => {
    const [, name, ...path] = decodeURIComponent(request.url ?? '').split('/');
    readFile(join(name === 'small' ? smallModel : large, ...path)).then(
      (content) => answerRangedFile(request, response, content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  return {
    listed: `http://127.0.0.1:${port}`,
    unlisted: `http://localhost:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
