import { describe, expect, it } from 'vitest';
import type { RegistryChoice } from '../../src/config/registry-choice.ts';
import { problemsWith, readWith } from './read-with.ts';

const SERVER = { MLFLOW_TRACKING_URI: 'http://mlflow:5000' };
const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const CLIENT = `${CA}-----BEGIN RSA PRIVATE KEY-----\nMIIC\n-----END RSA PRIVATE KEY-----\n`;

type MlflowChoice = Extract<RegistryChoice, { kind: 'mlflow' }>;

function mlflowWith(env: Record<string, string>, files?: Record<string, string>): MlflowChoice {
  const { registry } = readWith({ env: { ...SERVER, ...env }, ...(files && { files }) });
  if (registry.kind !== 'mlflow') throw new Error(`${registry.kind} was chosen`);
  return registry;
}

/** The credentials with their secrets in the clear. */
function credentialsWith(env: Record<string, string>, files?: Record<string, string>): unknown {
  const { credentials } = mlflowWith(env, files);
  if (credentials?.kind === 'basic') return [credentials.username, credentials.password.reveal()];
  return credentials?.token.reveal() ?? null;
}

describe('readRegistryChoice', () => {
  it('takes a model directory before a registry directory before MLflow before the packaged models', () => {
    const mlflow = { MLFLOW_REGISTRY_URI: 'http://registry', ...SERVER };
    const directory = { ...mlflow, SWITCHYARD_REGISTRY_DIR: 'models' };
    const mounted = { ...directory, SWITCHYARD_MODEL_DIR: '/mnt/model' };
    expect(readWith({ env: mounted }).registry).toEqual({
      kind: 'model-directory',
      directory: '/mnt/model',
      decidedBy: 'SWITCHYARD_MODEL_DIR',
    });
    expect(readWith({ env: directory }).registry).toEqual({
      kind: 'directory',
      directory: '/work/models',
      isPackaged: false,
      decidedBy: 'SWITCHYARD_REGISTRY_DIR',
    });
    expect(readWith({ env: mlflow }).registry).toMatchObject({
      kind: 'mlflow',
      uri: 'http://registry',
      decidedBy: 'MLFLOW_REGISTRY_URI',
    });
    expect(readWith({ env: SERVER }).registry).toMatchObject({
      uri: 'http://mlflow:5000',
      decidedBy: 'MLFLOW_TRACKING_URI',
    });
    expect(readWith().registry).toMatchObject({ kind: 'directory', isPackaged: true, decidedBy: 'default' });
  });

  it('takes a directory from the file before an MLflow server from the environment', () => {
    expect(readWith({ env: SERVER, yaml: 'registryDir: /models' }).registry).toMatchObject({
      directory: '/models',
      decidedBy: 'registryDir in /etc/switchyard.yaml',
    });
  });

  it('reads MLflow’s settings from the file, too', () => {
    const yaml =
      'mlflowTrackingUri: http://m/base/\nmlflowTrackingToken: abc\nmlflowTrackingInsecureTls: true';
    const { registry } = readWith({ yaml });
    expect(registry).toMatchObject({ uri: 'http://m/base', tls: { insecure: true } });
  });

  it.each([
    [
      'sqlite:///mlflow.db',
      /database.*start "mlflow server --backend-store-uri sqlite:\/\/\/mlflow.db".*SWITCHYARD_REGISTRY_DIR/,
    ],
    [
      'postgresql+psycopg2://u:hush@db/x',
      /database.*--backend-store-uri postgresql\+psycopg2:\/\/\*\*\*@db\/x"/,
    ],
    ['file:///mlruns', /file store.*mlflow server.*SWITCHYARD_REGISTRY_DIR/],
    ['./mlruns', /file store.*mlflow server/],
    ['/mlruns', /file store/],
    ['databricks', /Databricks is not supported/],
    ['databricks://profile', /Databricks is not supported/],
    ['databricks-uc', /Databricks is not supported/],
    ['localhost:5000', /did you mean "http:\/\/localhost:5000"/],
    ['azureml://x', /allowed: the http\(s\) URL of an MLflow server/],
    ['http://', /that is no URL/],
    ['http://a b', /that is no URL/],
  ])('refuses the tracking URI %j and says what to do', (uri, expected) => {
    for (const variable of ['MLFLOW_TRACKING_URI', 'MLFLOW_REGISTRY_URI']) {
      const problems = problemsWith({ env: { [variable]: uri } });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(new RegExp(`^${variable}: `));
      expect(problems[0]).toMatch(expected);
      expect(problems[0]).not.toContain('hush');
    }
  });

  it('does not look at MLflow’s variables while a directory is followed', () => {
    const env = {
      SWITCHYARD_REGISTRY_DIR: '/models',
      MLFLOW_TRACKING_URI: 'sqlite:///x',
      MLFLOW_TRACKING_INSECURE_TLS: 'maybe',
      MLFLOW_TRACKING_SERVER_CERT_PATH: '/missing',
    };
    expect(readWith({ env }).registry).toMatchObject({ directory: '/models' });
  });

  it('serves a model directory as one model, whose options may be set', () => {
    const env = { SWITCHYARD_MODEL_DIR: '/m' };
    expect(readWith({ env }).models).toMatchObject([{ route: 'model', uri: { name: 'model' } }]);
    const yaml = 'models:\n  - {uri: models:/model/Production, batching: false}';
    expect(readWith({ env, yaml }).models).toMatchObject([{ route: 'model', batching: false }]);
    expect(problemsWith({ env: { ...env, SWITCHYARD_MODELS: 'models:/*/Production' } })).toEqual([
      'SWITCHYARD_MODELS: SWITCHYARD_MODEL_DIR serves one directory as "model", so no other model can be named; unset one of them',
    ]);
  });
});

describe('readMlflowAccess', () => {
  const both = { MLFLOW_TRACKING_USERNAME: 'ann', MLFLOW_TRACKING_PASSWORD: ' p:w ' };
  const token = { MLFLOW_TRACKING_TOKEN: 'abc.def' };
  const file = {
    '/home/me/.mlflow/credentials':
      '# mine\n[other]\nmlflow_tracking_username = no\n[mlflow]\nMLFLOW_Tracking_Username = file-user \nmlflow_tracking_password: 50%%=x\n',
  };

  it('has no credentials, workspace or special TLS by default', () => {
    expect(mlflowWith({})).toMatchObject({
      credentials: null,
      workspace: null,
      tls: { insecure: false, caPath: null, clientCertPath: null },
    });
    expect(mlflowWith({ MLFLOW_WORKSPACE: 'team' }).workspace).toBe('team');
  });

  it('lets user and password win over the token, and user info in the URI over both', () => {
    expect(credentialsWith(token)).toBe('abc.def');
    expect(credentialsWith({ ...both, ...token })).toEqual(['ann', ' p:w ']);
    const uri = { MLFLOW_TRACKING_URI: 'https://bob:a%40b@mlflow/base/?x=1' };
    expect(credentialsWith({ ...both, ...token, ...uri })).toEqual(['bob', 'a@b']);
    expect(mlflowWith(uri).uri).toBe('https://mlflow/base');
  });

  it('falls back to the credentials file for what the environment does not give', () => {
    expect(credentialsWith({}, file)).toEqual(['file-user', '50%=x']);
    expect(credentialsWith(token, file)).toEqual(['file-user', '50%=x']);
    expect(credentialsWith({ MLFLOW_TRACKING_USERNAME: 'ann' }, file)).toEqual(['ann', '50%=x']);
    expect(credentialsWith(both, file)).toEqual(['ann', ' p:w ']);
  });

  it('refuses half a pair of user and password, and names the other half', () => {
    expect(problemsWith({ env: { ...SERVER, MLFLOW_TRACKING_USERNAME: 'ann' } })).toEqual([
      'MLFLOW_TRACKING_USERNAME: needs MLFLOW_TRACKING_PASSWORD, too',
    ]);
    expect(problemsWith({ env: { ...SERVER, MLFLOW_TRACKING_PASSWORD: 'hush' } })).toEqual([
      'MLFLOW_TRACKING_PASSWORD: needs MLFLOW_TRACKING_USERNAME, too',
    ]);
    expect(credentialsWith({ MLFLOW_TRACKING_USERNAME: 'ann', ...token })).toBe('abc.def');
  });

  it.each([
    [{ MLFLOW_TRACKING_USERNAME: 'a:b', MLFLOW_TRACKING_PASSWORD: 'x' }, 'allowed: a text without ":"'],
    [{ MLFLOW_TRACKING_TOKEN: 'abc\n' }, 'is there a line break at its end?'],
    [{ ...both, MLFLOW_TRACKING_PASSWORD: 'pw\n' }, 'is there a line break at its end?'],
    [{ MLFLOW_TRACKING_INSECURE_TLS: 'yes' }, '"yes" is given; allowed: "true" or "false"'],
    [{ MLFLOW_TRACKING_AWS_SIGV4: 'true' }, 'MLFLOW_TRACKING_AWS_SIGV4: not supported by this version yet'],
    [{ MLFLOW_TRACKING_AUTH: 'kubernetes' }, 'MLFLOW_TRACKING_AUTH: not supported by this version yet'],
  ])('refuses %j', (env, why) => {
    const problems = problemsWith({ env: { ...SERVER, ...env } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(why);
  });

  it.each([
    ['true', true],
    ['1', true],
    ['TRUE', true],
    ['false', false],
    ['0', false],
  ])('reads MLFLOW_TRACKING_INSECURE_TLS=%s as MLflow does', (value, insecure) => {
    expect(mlflowWith({ MLFLOW_TRACKING_INSECURE_TLS: value }).tls.insecure).toBe(insecure);
  });

  it('names the certificate files that it found readable', () => {
    const files = { '/work/ca.pem': CA, '/client.pem': CLIENT };
    const { tls } = mlflowWith(
      { MLFLOW_TRACKING_SERVER_CERT_PATH: 'ca.pem', MLFLOW_TRACKING_CLIENT_CERT_PATH: '/client.pem' },
      files,
    );
    expect(tls.caPath).toBe('/work/ca.pem');
    expect(tls.clientCertPath).toBe('/client.pem');
  });

  it('names the variable of a certificate file that is missing or holds something else', () => {
    const env = {
      ...SERVER,
      MLFLOW_TRACKING_SERVER_CERT_PATH: '/none.pem',
      MLFLOW_TRACKING_CLIENT_CERT_PATH: '/ca.pem',
    };
    expect(problemsWith({ env, files: { '/ca.pem': CA } })).toEqual([
      'MLFLOW_TRACKING_SERVER_CERT_PATH: "/none.pem" is given; there is no such file',
      'MLFLOW_TRACKING_CLIENT_CERT_PATH: "/ca.pem" is given; the file holds no PEM private key',
    ]);
  });

  it('refuses insecure TLS together with authorities, as MLflow does', () => {
    const env = {
      ...SERVER,
      MLFLOW_TRACKING_INSECURE_TLS: 'true',
      MLFLOW_TRACKING_SERVER_CERT_PATH: '/ca.pem',
    };
    expect(problemsWith({ env, files: { '/ca.pem': CA } })).toEqual([
      'MLFLOW_TRACKING_INSECURE_TLS: cannot be true together with MLFLOW_TRACKING_SERVER_CERT_PATH; unset one of them',
    ]);
  });
});
