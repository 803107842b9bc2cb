import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src');

/** What each layer may import: prefixes of paths below `src/`. A folder may always import itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'build-info.ts': [],
  'retry-after.ts': [],
  'step-back.ts': [],
  'until-aborted.ts': [],
  'join-in-turns.ts': [],
  'sync-directory.ts': [],
  'write-file-atomically.ts': ['sync-directory.ts'],
  model: ['errors.ts'],
  registry: ['errors.ts', 'model/', 'retry-after.ts', 'sync-directory.ts', 'write-file-atomically.ts'],
  artifacts: ['errors.ts', 'model/', 'sync-directory.ts', 'retry-after.ts'],
  formats: ['errors.ts', 'model/', 'step-back.ts'],
  engine: ['errors.ts', 'model/', 'step-back.ts', 'until-aborted.ts'],
  inference: ['errors.ts', 'model/', 'engine/engine.ts'],
  lifecycle: [
    'errors.ts',
    'model/',
    'inference/',
    'engine/engine.ts',
    'formats/model-format.ts',
    'registry/model-registry.ts',
    'registry/standing-writer.ts',
    'artifacts/artifact-cache.ts',
    'artifacts/cache-key.ts',
    'write-file-atomically.ts',
  ],
  protocols: ['errors.ts', 'model/', 'inference/deadline.ts', 'lifecycle/', 'join-in-turns.ts'],
  observability: ['errors.ts', 'model/', 'lifecycle/', 'inference/inference.ts'],
  openapi: ['errors.ts', 'model/', 'lifecycle/', 'protocols/'],
  http: [
    'errors.ts',
    'build-info.ts',
    'openapi/',
    'model/',
    'inference/deadline.ts',
    'lifecycle/',
    'protocols/',
    'observability/',
    'join-in-turns.ts',
  ],
  grpc: [
    'errors.ts',
    'model/',
    'inference/deadline.ts',
    'lifecycle/',
    'protocols/',
    'observability/',
    'http/',
  ],
  processes: [
    'errors.ts',
    'until-aborted.ts',
    'model/',
    'inference/',
    'lifecycle/',
    'observability/',
    'http/graceful-stop.ts',
    'http/tls-identity.ts',
  ],
  config: ['errors.ts', 'model/', 'lifecycle/model-policy.ts', 'registry/version-number.ts'],
  'config.ts': ['errors.ts', 'model/', 'lifecycle/model-policy.ts', 'config/'],
  'gateway-adapters.ts': [''],
  'gateway-group.ts': [''],
  'gateway-http.ts': [''],
  'gateway-models.ts': [''],
  'gateway-shares.ts': [''],
  'gateway-standings.ts': [''],
  'gateway.ts': [''],
  'group-member.ts': [''],
  cli: [''],
  'main.ts': [''],
};

/** Folders whose subfolders are adapters of one port: siblings never import each other. */
const PORTS = ['registry', 'artifacts', 'formats', 'protocols'];

/** Subfolders of a port that are no adapters, but what several of them share. */
const SHARED: readonly string[] = ['protocols/tensors', 'formats/graph'];

/** The home of each npm package, so that an upgrade is a small, known change. */
const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  '@aws-sdk/client-s3': ['artifacts/s3/'],
  '@bufbuild/protobuf': ['formats/graph/'],
  '@grpc/grpc-js': ['grpc/'],
  '@grpc/proto-loader': ['grpc/'],
  '@grpc/reflection': ['grpc/'],
  '@hono/node-server': ['http/'],
  '@smithy/node-http-handler': ['artifacts/s3/'],
  commander: ['cli/', 'main.ts'],
  'fastest-levenshtein': ['model/'],
  hono: ['http/'],
  hyparquet: ['protocols/mlflow/'],
  'lru-cache': ['artifacts/'],
  'onnxruntime-node': ['engine/'],
  pino: ['observability/log.ts'],
  'pino-pretty': ['observability/log.ts'],
  'prom-client': ['observability/'],
  undici: ['registry/mlflow/', 'artifacts/'],
  yaml: ['model/', 'registry/directory/', 'config/'],
  zod: ['config/', 'http/', 'lifecycle/state-file.ts', 'registry/', 'artifacts/'],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

const files = globSync('**/*.ts', { cwd: SOURCE }).sort();

function read(file: string): string {
  return readFileSync(join(SOURCE, file), 'utf8');
}

function importsOf(file: string): readonly string[] {
  const found = read(file).matchAll(/(?:^|\n)(?:import|export)\s[^'"]*?from '([^']+)'|import\('([^']+)'\)/g);
  return [...found].map((match) => (match[1] ?? match[2])!);
}

const own: Import[] = [];
const packages: Import[] = [];
for (const file of files) {
  for (const target of importsOf(file)) {
    if (target.startsWith('.'))
      own.push({ file, target: relative(SOURCE, resolve(SOURCE, dirname(file), target)) });
    else if (!target.startsWith('node:')) packages.push({ file, target });
  }
}

function layerOf(file: string): string {
  return file.split('/')[0]!;
}

describe('the house', () => {
  it('is read by this test', () => {
    expect(own.length).toBeGreaterThan(100);
    expect(packages.length).toBeGreaterThan(10);
  });

  it('imports only downwards', () => {
    const wrong = own.filter(({ file, target }) => {
      const layer = layerOf(file);
      const allowed = ALLOWED[layer];
      return (
        allowed === undefined ||
        (layerOf(target) !== layer && !allowed.some((prefix) => target.startsWith(prefix)))
      );
    });
    expect(wrong).toEqual([]);
  });

  it('keeps the adapters of a port apart', () => {
    const folderOf = (path: string) => path.split('/').slice(0, 2).join('/');
    const isAdapter = (path: string) =>
      PORTS.includes(layerOf(path)) && path.split('/').length > 2 && !SHARED.includes(folderOf(path));
    const wrong = own.filter(
      ({ file, target }) =>
        isAdapter(file) &&
        isAdapter(target) &&
        layerOf(file) === layerOf(target) &&
        folderOf(file) !== folderOf(target),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps readers of model files and converters apart, and values below both', () => {
    const home = 'formats/fitted/';
    const above: Readonly<Record<string, readonly string[]>> = {
      values: ['files', 'graph', 'convert'],
      files: ['graph', 'convert'],
      graph: ['files', 'convert'],
      convert: ['files'],
    };
    const layers = Object.keys(above);
    const partOf = (path: string) => (path.startsWith(home) ? path.slice(home.length).split('/')[0]! : '');
    expect(layers.every((layer) => own.some(({ file }) => partOf(file) === layer))).toBe(true);
    const wrong = own.filter(({ file, target }) => above[partOf(file)]?.includes(partOf(target)));
    expect(wrong).toEqual([]);
  });

  it('uses each package only in its home', () => {
    const nameOf = (target: string) =>
      target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/');
    const wrong = packages.filter(({ file, target }) => {
      const homes = PACKAGE_HOMES[nameOf(target)];
      return homes === undefined || !homes.some((home) => file.startsWith(home));
    });
    expect(wrong).toEqual([]);
  });

  it('names node modules with their prefix', () => {
    expect(packages.filter(({ target }) => builtinModules.includes(target))).toEqual([]);
  });

  it('has no file over 300 lines', () => {
    const long = files.filter((file) => read(file).split('\n').length > 301);
    expect(long).toEqual([]);
  });
});

describe('the rules of one place', () => {
  const filesWith = (pattern: RegExp, allowed: readonly string[]) =>
    files.filter((file) => pattern.test(read(file)) && !allowed.some((prefix) => file.startsWith(prefix)));

  it('reads the environment only in config.ts', () => {
    // The engine writes one variable of the native library, which reads it when it is loaded.
    expect(filesWith(/process\.env\b(?!\.ORT_DISABLE_TELEMETRY = )/, ['config.ts'])).toEqual([]);
  });

  it('knows HTTP status codes only in http/', () => {
    const clients = ['registry/mlflow/', 'artifacts/'];
    expect(filesWith(/\bstatus: [1-5]\d\d\b/, ['http/', ...clients])).toEqual([]);
  });

  it('writes nothing to the console past the log', () => {
    expect(filesWith(/\bconsole\.|process\.std(out|err)\.write/, ['cli/', 'main.ts'])).toEqual([]);
  });

  it('has no default exports, enums or barrels', () => {
    expect(filesWith(/^export (default|\*)|^(export )?(const )?enum /m, [])).toEqual([]);
  });
});
