import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SETTINGS, type Variable } from '../src/config/settings.ts';
import { settingsTable } from '../src/config/settings-table.ts';
import { type Config, loadConfig } from '../src/config.ts';
import { errorWith, FILE, problemsWith, readWith } from './config/read-with.ts';

interface Row {
  readonly variable: Variable;
  readonly key: string;
  readonly field: keyof Config;
  readonly fallback: unknown;
  /** Text for the environment → what it means. */
  readonly valid: readonly (readonly [string, unknown])[];
  readonly wrong: readonly string[];
}

const NOT_POSITIVE = ['0', '-1', '1.5', '1e3', 'x', '+1', '10Gi', '0x10', '9007199254740993'];
const NOT_A_DELAY = ['-1', '1.0', 'soon', '2147483648'];

const ROWS: readonly Row[] = [
  {
    variable: 'HOST',
    key: 'host',
    field: 'host',
    fallback: '127.0.0.1',
    valid: [
      ['0.0.0.0', '0.0.0.0'],
      ['[::1]', '::1'],
      ['::', '::'],
      ['gate.example.com', 'gate.example.com'],
    ],
    wrong: ['a b', 'http://x', '1.2.3', '*', 'a:80'],
  },
  {
    variable: 'PORT',
    key: 'port',
    field: 'port',
    fallback: 8000,
    valid: [
      ['9000', 9000],
      ['0', 0],
      [' 81 ', 81],
    ],
    wrong: ['65536', '-1', '80a', 'http'],
  },
  {
    variable: 'SWITCHYARD_POLL_INTERVAL_MS',
    key: 'pollIntervalMs',
    field: 'pollIntervalMs',
    fallback: 5000,
    valid: [
      ['10', 10],
      ['60000', 60000],
    ],
    wrong: ['0', '9', '86400001', ...NOT_A_DELAY],
  },
  {
    variable: 'SWITCHYARD_VERDICT_TAGS',
    key: 'verdictTags',
    field: 'verdictTags',
    fallback: false,
    valid: [
      ['false', false],
      ['0', false],
    ],
    wrong: ['yes', 'no', '2'],
  },
  {
    variable: 'SWITCHYARD_GATEWAY_NAME',
    key: 'gatewayName',
    field: 'gatewayName',
    fallback: null,
    valid: [['east 1', 'east 1']],
    wrong: ['a "b"', 'a\u0007b', 'x'.repeat(101)],
  },
  {
    variable: 'SWITCHYARD_WHEN_UNASSIGNED',
    key: 'whenUnassigned',
    field: 'whenUnassigned',
    fallback: 'keep',
    valid: [
      ['unload', 'unload'],
      ['KEEP', 'keep'],
    ],
    wrong: ['drop'],
  },
  {
    variable: 'SWITCHYARD_ARTIFACT_ORIGINS',
    key: 'artifactOrigins',
    field: 'artifactOrigins',
    fallback: [],
    valid: [['https://A.example.com:443/, http://b:81', ['https://a.example.com', 'http://b:81']]],
    wrong: ['ftp://a', 'https://a/path', 'a.example.com', 'https://a?x=1', 'https://u@a', 'https://a,b'],
  },
  {
    variable: 'SWITCHYARD_ARTIFACT_ROOTS',
    key: 'artifactRoots',
    field: 'artifactRoots',
    fallback: [],
    valid: [['/mnt/a/, file:///mnt/b', ['/mnt/a', '/mnt/b']]],
    wrong: ['mnt', './a', 'file://host/a', '/a,b'],
  },
  {
    variable: 'SWITCHYARD_CACHE_DIR',
    key: 'cacheDir',
    field: 'cacheDir',
    fallback: '/home/me/.cache/switchyard',
    valid: [
      ['/var/cache', '/var/cache'],
      ['here', '/work/here'],
    ],
    wrong: [],
  },
  {
    variable: 'SWITCHYARD_CACHE_MAX_BYTES',
    key: 'cacheMaxBytes',
    field: 'cacheMaxBytes',
    fallback: 10737418240,
    valid: [
      ['0', 0],
      ['9007199254740991', 9007199254740991],
    ],
    wrong: ['-1', '10Gi'],
  },
  {
    variable: 'SWITCHYARD_LOAD_TIMEOUT_MS',
    key: 'loadTimeoutMs',
    field: 'loadTimeoutMs',
    fallback: 120000,
    valid: [['2147483647', 2147483647]],
    wrong: ['0', ...NOT_A_DELAY],
  },
  {
    variable: 'SWITCHYARD_MEMORY_MAX_BYTES',
    key: 'memoryMaxBytes',
    field: 'memoryMaxBytes',
    fallback: 800,
    valid: [['123', 123]],
    wrong: NOT_POSITIVE,
  },
  {
    variable: 'SWITCHYARD_ENGINE_THREADS',
    key: 'engineThreads',
    field: 'engineThreads',
    fallback: 4,
    valid: [
      ['1', 1],
      ['1024', 1024],
    ],
    wrong: ['1025', ...NOT_POSITIVE],
  },
  {
    variable: 'SWITCHYARD_PROCESSES',
    key: 'processes',
    field: 'processes',
    fallback: 1,
    valid: [
      ['1', 1],
      ['256', 256],
    ],
    wrong: ['257', ...NOT_POSITIVE],
  },
  {
    variable: 'SWITCHYARD_MAX_CONCURRENT_REQUESTS',
    key: 'maxConcurrentRequests',
    field: 'maxConcurrentRequests',
    fallback: 1024,
    valid: [['1', 1]],
    wrong: NOT_POSITIVE,
  },
  {
    variable: 'SWITCHYARD_BODY_TIMEOUT_MS',
    key: 'bodyTimeoutMs',
    field: 'bodyTimeoutMs',
    fallback: 10000,
    valid: [['1', 1]],
    wrong: ['0', ...NOT_A_DELAY],
  },
  {
    variable: 'SWITCHYARD_MAX_BUFFERED_BYTES',
    key: 'maxBufferedBytes',
    field: 'maxBufferedBytes',
    fallback: 268435456,
    valid: [['1', 1]],
    wrong: NOT_POSITIVE,
  },
  {
    variable: 'SWITCHYARD_MAX_BODY_BYTES',
    key: 'maxBodyBytes',
    field: 'maxBodyBytes',
    fallback: 67108864,
    valid: [['1', 1]],
    wrong: NOT_POSITIVE,
  },
  {
    variable: 'SWITCHYARD_REQUEST_TIMEOUT_MS',
    key: 'requestTimeoutMs',
    field: 'requestTimeoutMs',
    fallback: 30000,
    valid: [['1', 1]],
    wrong: ['0', ...NOT_A_DELAY],
  },
  {
    variable: 'SWITCHYARD_SHUTDOWN_DELAY_MS',
    key: 'shutdownDelayMs',
    field: 'shutdownDelayMs',
    fallback: 0,
    valid: [
      ['5000', 5000],
      ['0', 0],
    ],
    wrong: NOT_A_DELAY,
  },
  {
    variable: 'SWITCHYARD_DRAIN_TIMEOUT_MS',
    key: 'drainTimeoutMs',
    field: 'drainTimeoutMs',
    fallback: 25000,
    valid: [['0', 0]],
    wrong: NOT_A_DELAY,
  },
  {
    variable: 'SWITCHYARD_METRICS_PORT',
    key: 'metricsPort',
    field: 'metricsPort',
    fallback: null,
    valid: [['9090', 9090]],
    wrong: ['65536', 'x', '8000'],
  },
  {
    variable: 'SWITCHYARD_GRPC_PORT',
    key: 'grpcPort',
    field: 'grpcPort',
    fallback: null,
    valid: [
      ['9000', 9000],
      ['8000', 8000],
    ],
    wrong: ['65536', 'x'],
  },
  {
    variable: 'SWITCHYARD_LOG_LEVEL',
    key: 'logLevel',
    field: 'logLevel',
    fallback: 'info',
    valid: [
      ['debug', 'debug'],
      ['WARN', 'warn'],
      ['silent', 'silent'],
    ],
    wrong: ['verbose', '30'],
  },
  {
    variable: 'SWITCHYARD_LOG_FORMAT',
    key: 'logFormat',
    field: 'logFormat',
    fallback: 'json',
    valid: [
      ['pretty', 'pretty'],
      ['JSON', 'json'],
    ],
    wrong: ['text'],
  },
  {
    variable: 'SWITCHYARD_MODELS',
    key: 'models',
    field: 'models',
    fallback: [
      {
        uri: { name: '*', pointer: { kind: 'stage', stage: 'Production' } },
        route: null,
        batching: true,
        signature: 'compatible',
        placement: 'auto',
        crossCheck: null,
        invocations: null,
        precision: 'double',
      },
    ],
    valid: [
      [
        'models:/a@b',
        [
          {
            uri: { name: 'a', pointer: { kind: 'alias', alias: 'b' } },
            route: 'a',
            batching: true,
            signature: 'compatible',
            placement: 'auto',
            crossCheck: null,
            invocations: null,
            precision: 'double',
          },
        ],
      ],
    ],
    wrong: ['iris', 'models:/iris', ',', 'a=b'],
  },
  {
    variable: 'SWITCHYARD_DEFAULT_MODEL',
    key: 'defaultModel',
    field: 'defaultModel',
    fallback: { kind: 'named', route: 'iris', decidedBy: 'the packaged models' },
    valid: [],
    wrong: ['a\u0007b'],
  },
  {
    variable: 'SWITCHYARD_REGISTRY_DIR',
    key: 'registryDir',
    field: 'registry',
    fallback: {
      kind: 'directory',
      directory: '/package/models-fixtures',
      isPackaged: true,
      decidedBy: 'default',
    },
    valid: [],
    wrong: ['a\u0000b'],
  },
  {
    variable: 'SWITCHYARD_MODEL_DIR',
    key: 'modelDir',
    field: 'registry',
    fallback: {
      kind: 'directory',
      directory: '/package/models-fixtures',
      isPackaged: true,
      decidedBy: 'default',
    },
    valid: [],
    wrong: ['a\u0000b'],
  },
  {
    variable: 'SWITCHYARD_ADMIN_TOKEN',
    key: 'adminToken',
    field: 'adminToken',
    fallback: null,
    valid: [],
    wrong: ['to ken', 'token\n', 'tök'],
  },
  {
    variable: 'SWITCHYARD_WEBHOOK_SECRET',
    key: 'webhookSecret',
    field: 'webhookSecret',
    fallback: null,
    valid: [],
    wrong: ['secret\n', 'sec\tret'],
  },
];

describe.each(ROWS)('$variable', ({ variable, key, field, fallback, valid, wrong }) => {
  it('has its default when unset, empty or blank, in the environment and the file', () => {
    for (const env of [{}, { [variable]: '' }, { [variable]: '  ' }]) {
      expect(readWith({ env })[field]).toEqual(fallback);
      expect(readWith({ env, yaml: `${key}: ""` })[field]).toEqual(fallback);
      expect(readWith({ env, yaml: `${key}:` })[field]).toEqual(fallback);
    }
  });

  it.each(valid)('takes %j from the environment and the file', (text, expected) => {
    expect(readWith({ env: { [variable]: text } })[field]).toEqual(expected);
    expect(readWith({ yaml: `${key}: ${JSON.stringify(text)}` })[field]).toEqual(expected);
  });

  it.each(wrong)('refuses %j with the place, the value and what is allowed', (text) => {
    const [problem, ...others] = problemsWith({ env: { [variable]: text } });
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${variable}: `));
    const [inFile] = errorWith({ yaml: `${key}: ${JSON.stringify(text)}` }).problems;
    expect(inFile?.detail).toMatch(new RegExp(`^${key} in ${FILE}: `));
    expect(inFile?.pointer).toBe(`/${key}`);
  });
});

describe('readConfig', () => {
  it('has a row of this test for every setting that is no setting of MLflow, AWS, a container platform, or tested elsewhere', () => {
    const elsewhere =
      /^(MLFLOW_|AWS_|AIP_|SAGEMAKER_|AZUREML_|SWITCHYARD_CONFIG|SWITCHYARD_TLS_|SWITCHYARD_MODEL_NAME)/;
    const own = SETTINGS.map(({ variable }) => variable).filter((variable) => !elsewhere.test(variable));
    expect(ROWS.map(({ variable }) => variable).sort()).toEqual([...own].sort());
  });

  it('takes the files of TLS only together', () => {
    const [cert, key] = [{ SWITCHYARD_TLS_CERT_FILE: 'tls.crt' }, { SWITCHYARD_TLS_KEY_FILE: '/k/tls.key' }];
    expect(readWith({}).tls).toBeNull();
    expect(readWith({ env: { ...cert, ...key } }).tls).toEqual({
      certFile: '/work/tls.crt',
      keyFile: '/k/tls.key',
    });
    expect(readWith({ yaml: 'tlsCertFile: /c\ntlsKeyFile: /k' }).tls).toEqual({
      certFile: '/c',
      keyFile: '/k',
    });
    expect(problemsWith({ env: cert })).toEqual([
      'SWITCHYARD_TLS_CERT_FILE: needs SWITCHYARD_TLS_KEY_FILE beside it; set both, or none for no TLS',
    ]);
    expect(problemsWith({ env: key })).toHaveLength(1);
  });

  it('refuses gRPC on the port of the metrics', () => {
    const env = { SWITCHYARD_METRICS_PORT: '9090', SWITCHYARD_GRPC_PORT: '9090' };
    expect(problemsWith({ env })).toEqual([expect.stringContaining('that is the port of the metrics')]);
  });

  it('takes verdict tags only where MLflow is followed', () => {
    const env = { SWITCHYARD_VERDICT_TAGS: 'True' };
    expect(readWith({ env: { ...env, MLFLOW_TRACKING_URI: 'http://mlflow:5000' } }).verdictTags).toBe(true);
    expect(problemsWith({ env: { ...env, SWITCHYARD_REGISTRY_DIR: '/models' } })).toEqual([
      'SWITCHYARD_VERDICT_TAGS: only an MLflow server takes tags, and none is followed; unset it, or set MLFLOW_TRACKING_URI and no directory',
    ]);
    expect(problemsWith({ env })).toHaveLength(1);
  });

  it('lets the environment win over the file, and flags over both', () => {
    const yaml = 'port: 1\nhost: file\npollIntervalMs: 111\ncacheMaxBytes: 7';
    const env = { PORT: '2', HOST: 'env', SWITCHYARD_POLL_INTERVAL_MS: '222' };
    const fromBoth = readWith({ yaml, env });
    expect([fromBoth.port, fromBoth.host, fromBoth.pollIntervalMs, fromBoth.cacheMaxBytes]).toEqual([
      2,
      'env',
      222,
      7,
    ]);
    const withFlags = readWith({ yaml, env, flags: { port: '3', host: 'flag' } });
    expect([withFlags.port, withFlags.host]).toEqual([3, 'flag']);
  });

  it('reads YAML numbers, lists and booleans as they are', () => {
    const config = readWith({
      yaml: 'port: 90\nartifactOrigins: [https://a, "https://b/"]\nartifactRoots:\n  - /m\nmodels: models:/a/1, models:/b/2',
    });
    expect(config.port).toBe(90);
    expect(config.artifactOrigins).toEqual(['https://a', 'https://b']);
    expect(config.artifactRoots).toEqual(['/m']);
    expect(config.models.map(({ route }) => route)).toEqual(['a', 'b']);
  });

  it.each([
    [{ PORT: '1', AIP_HTTP_PORT: '2', SAGEMAKER_BIND_TO_PORT: '3' }, '4', 4],
    [{ PORT: '1', AIP_HTTP_PORT: '2', SAGEMAKER_BIND_TO_PORT: '3' }, undefined, 3],
    [{ PORT: '1', AIP_HTTP_PORT: '2' }, undefined, 2],
    [{ PORT: '1' }, undefined, 1],
    [{ SAGEMAKER_BIND_TO_PORT: ' ' }, undefined, 8000],
  ])('takes the port from %j and --port %j in the order of the platforms', (env, port, expected) => {
    expect(readWith({ env, flags: { port } }).port).toBe(expected);
  });

  it('listens on 8080 for the word "serve" where SageMaker mounts its directory, and only there', () => {
    const serve = { serveWord: true };
    expect(readWith({ flags: serve, isSageMaker: true }).port).toBe(8080);
    expect(readWith({ flags: serve, isSageMaker: true, yaml: 'port: 5' }).port).toBe(5);
    expect(readWith({ flags: serve, isSageMaker: false }).port).toBe(8000);
    expect(readWith({ isSageMaker: true }).port).toBe(8000);
  });

  it('names a wrong port by the flag or variable that gave it', () => {
    expect(problemsWith({ flags: { port: '' } })).toEqual([
      '--port: "" is given; allowed: a whole number from 0 to 65535',
    ]);
    expect(problemsWith({ env: { AIP_HTTP_PORT: 'x' } })[0]).toMatch(/^AIP_HTTP_PORT: "x" is given/);
  });

  it('logs pretty on a terminal unless told otherwise', () => {
    expect(readWith({ isTerminal: true }).logFormat).toBe('pretty');
    expect(readWith({ isTerminal: true, env: { SWITCHYARD_LOG_FORMAT: 'json' } }).logFormat).toBe('json');
  });

  it('caches under XDG_CACHE_HOME if that is absolute', () => {
    expect(readWith({ env: { XDG_CACHE_HOME: '/xdg' } }).cacheDir).toBe('/xdg/switchyard');
    expect(readWith({ env: { XDG_CACHE_HOME: 'xdg' } }).cacheDir).toBe('/home/me/.cache/switchyard');
  });

  it('asks for a cache directory where the user has no home', () => {
    expect(problemsWith({ homeDirectory: null })).toEqual([
      'SWITCHYARD_CACHE_DIR: has to be set, because the user has no home directory to cache in',
    ]);
    expect(readWith({ homeDirectory: null, env: { SWITCHYARD_CACHE_DIR: '/c' } }).cacheDir).toBe('/c');
    expect(readWith({ homeDirectory: null, env: { HOME: '/h' } }).cacheDir).toBe('/h/.cache/switchyard');
  });

  it('knows no memory limit where the machine tells none', () => {
    expect(readWith({ memoryLimitBytes: null }).memoryMaxBytes).toBeNull();
  });

  it('reports every problem in one message, a line each', () => {
    const error = errorWith({
      env: { PORT: 'x', SWITCHYARD_LOG_LEVEL: 'loud', SWITCHYARD_LOGLEVEL: 'info' },
      yaml: 'drainTimeoutMs: -1\nmodel: x',
    });
    expect(error.problems.map(({ pointer }) => pointer).sort()).toEqual([
      '/drainTimeoutMs',
      '/model',
      'PORT',
      'SWITCHYARD_LOGLEVEL',
      'SWITCHYARD_LOG_LEVEL',
    ]);
    expect(error.message.split('\n')).toHaveLength(6);
    expect(error.message).toContain(
      '\n  SWITCHYARD_LOG_LEVEL: "loud" is given; allowed: "trace", "debug", "info"',
    );
  });

  it('shows given values cut, escaped and without what URLs hide', () => {
    const [long] = problemsWith({ env: { PORT: 'x'.repeat(5000) } });
    expect(long?.length).toBeLessThan(400);
    expect(problemsWith({ env: { PORT: 'a\nb' } })[0]).toContain('"a\\nb"');
    const [url] = problemsWith({ env: { SWITCHYARD_ARTIFACT_ORIGINS: 'https://u:p@ss/?w@h/p?sig=abc' } });
    expect(url).toContain('"https://***@h/p?***"');
  });

  it('gives a config that cannot be changed anywhere', () => {
    const config = readWith({ env: { SWITCHYARD_ADMIN_TOKEN: 't', SWITCHYARD_ARTIFACT_ROOTS: '/a' } });
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.registry, { kind: 'x' })).toThrow(TypeError);
    expect(() => (config.artifactRoots as string[]).push('/')).toThrow(TypeError);
    expect(() => Object.assign(config.models[0]?.uri.pointer ?? {}, { stage: 'x' })).toThrow(TypeError);
  });

  it('never prints secrets: not when inspected, serialised, interpolated or reported', () => {
    const env = {
      SWITCHYARD_ADMIN_TOKEN: 'hush-admin',
      SWITCHYARD_WEBHOOK_SECRET: ' hush-hook ü ',
      MLFLOW_TRACKING_URI: 'https://hush-user:hush-pass@mlflow',
      MLFLOW_TRACKING_TOKEN: 'hush-token',
    };
    const config = readWith({ env });
    expect(config.adminToken?.reveal()).toBe('hush-admin');
    expect(config.webhookSecret?.reveal()).toBe(' hush-hook ü ');
    const printed = [
      inspect(config, { depth: 9, showHidden: true }),
      JSON.stringify(config),
      `${config.adminToken}`,
    ];
    expect(printed.join()).not.toMatch(/hush-(admin|hook|pass|token)/);
    const wrong = errorWith({
      env: {
        SWITCHYARD_ADMIN_TOKEN: 'hush 1',
        MLFLOW_TRACKING_TOKEN: 'hush 2',
        MLFLOW_TRACKING_URI: 'http://m',
        SWITCHYARD_X: 'hush 3',
        SWITCHYARD_WEBHOOK_SECRET: 'hush 4\n',
      },
      yaml: 'mlflowTrackingPassword: {hush: 5}\ntlsKeyFile: hush 6\nnonsense: hush 7',
    });
    expect(wrong.problems).toHaveLength(7);
    expect(inspect(wrong)).not.toContain('hush');
  });
});

describe('settingsTable', () => {
  it('has a row for every setting with its YAML key', () => {
    const rows = settingsTable().split('\n');
    expect(rows).toHaveLength(SETTINGS.length + 2);
    expect(rows.every((row) => row.split(/(?<!\\)\|/).length === 5)).toBe(true);
    expect(rows).toContainEqual(
      expect.stringMatching(/^\| `SWITCHYARD_LOAD_TIMEOUT_MS` \(`loadTimeoutMs`\) \| `120000` \|/),
    );
  });

  it('names keys that are the variables in camel case', () => {
    const own = SETTINGS.filter(({ yamlKey }) => yamlKey !== null);
    const camelCase = (variable: string) =>
      variable
        .replace(/^SWITCHYARD_/, '')
        .toLowerCase()
        .replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    expect(own.map(({ yamlKey }) => yamlKey)).toEqual(own.map(({ variable }) => camelCase(variable)));
  });
});

describe('loadConfig', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('reads the real environment, files and machine', () => {
    const directory = mkdtempSync(join(tmpdir(), 'switchyard-config-'));
    for (const name of Object.keys(process.env)) {
      if (/^(SWITCHYARD|MLFLOW)_/.test(name)) vi.stubEnv(name, undefined);
    }
    vi.stubEnv('SWITCHYARD_LOG_LEVEL', 'error');
    try {
      const file = join(directory, 'switchyard.yaml');
      writeFileSync(file, 'metricsPort: 9101\n');
      const config = loadConfig({ serveWord: false, config: file, port: '0' });
      expect(config.metricsPort).toBe(9101);
      expect(config.logLevel).toBe('error');
      expect(config.configFile).toBe(file);
      expect(config.engineThreads).toBeGreaterThanOrEqual(1);
      expect(config.memoryMaxBytes).toBeGreaterThan(0);
      expect(config.registry).toMatchObject({
        directory: join(import.meta.dirname, '..', 'models-fixtures'),
      });
      mkdirSync(join(directory, 'folder'));
      expect(() => loadConfig({ serveWord: false, config: join(directory, 'folder') })).toThrow(
        /it is a directory/,
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
