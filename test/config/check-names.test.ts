import { describe, expect, it } from 'vitest';
import { FILE, problemsWith, readWith } from './read-with.ts';

describe('checkVariableNames', () => {
  it.each([
    ['SWITCHYARD_POLL_INTERVALL_MS', '; did you mean "SWITCHYARD_POLL_INTERVAL_MS"?'],
    ['SWITCHYARD_POLLINTERVALMS', '; did you mean "SWITCHYARD_POLL_INTERVAL_MS"?'],
    ['SWITCHYARD_MODEL', '; did you mean "SWITCHYARD_MODELS"?'],
    ['SWITCHYARD_PORT', '; did you mean "PORT"?'],
    ['SWITCHYARD_TRACKING_URI', '; did you mean "MLFLOW_TRACKING_URI"?'],
    ['SWITCHYARD_QUANTUM_ENTANGLEMENT', ''],
  ])('refuses %s without showing its value', (name, suggestion) => {
    expect(problemsWith({ env: { [name]: 'hush' } })).toEqual([
      `${name}: there is no such setting${suggestion}`,
    ]);
    expect(problemsWith({ env: { [name]: '' } })).toHaveLength(1);
  });

  it('ignores and lists what Kubernetes sets for Services of our name', () => {
    const service = {
      SWITCHYARD_SERVICE_HOST: '10.0.0.1',
      SWITCHYARD_SERVICE_PORT: '80',
      SWITCHYARD_SERVICE_PORT_HTTP: '80',
      SWITCHYARD_PORT: 'tcp://10.0.0.1:80',
      SWITCHYARD_PORT_80_TCP: 'tcp://10.0.0.1:80',
      SWITCHYARD_PORT_80_TCP_PROTO: 'tcp',
      SWITCHYARD_PORT_80_TCP_PORT: '80',
      SWITCHYARD_PORT_80_TCP_ADDR: '10.0.0.1',
      SWITCHYARD_METRICS_SERVICE_HOST: '10.0.0.2',
      SWITCHYARD_METRICS_PORT: 'tcp://10.0.0.2:9090',
      SWITCHYARD_GRPC_PORT: 'tcp://10.0.0.2:9000',
      SWITCHYARD2_PORT: 'udp://10.0.0.3:53',
    };
    const config = readWith({ env: { ...service, PORT: 'tcp://10.0.0.4:1' } });
    expect(config.ignoredVariables).toEqual([...Object.keys(service), 'PORT'].sort());
    expect([config.port, config.metricsPort]).toEqual([8000, null]);
  });

  it('falls back to the file for a port that Kubernetes overwrote', () => {
    const env = { SWITCHYARD_METRICS_PORT: 'tcp://10.0.0.2:9090' };
    expect(readWith({ env, yaml: 'metricsPort: 9090' }).metricsPort).toBe(9090);
  });

  it('leaves variables of others alone', () => {
    const config = readWith({
      env: { PATH: '/bin', SWITCHBOARD_X: '1', switchyard_x: '1', KUBERNETES_PORT: 'tcp://x' },
    });
    expect(config.ignoredVariables).toEqual([]);
  });
});

describe('checkFileKeys', () => {
  it.each([
    [
      'pollIntervall: 1',
      `pollIntervall in ${FILE}: there is no such setting; did you mean "pollIntervalMs"?`,
    ],
    [
      'poll_interval_ms: 1',
      `poll_interval_ms in ${FILE}: there is no such setting; did you mean "pollIntervalMs"?`,
    ],
    [
      'SWITCHYARD_MODELS: x',
      `SWITCHYARD_MODELS in ${FILE}: there is no such setting; did you mean "models"?`,
    ],
    ['__proto__: {port: 1}', `__proto__ in ${FILE}: there is no such setting`],
  ])('refuses %j', (yaml, expected) => {
    expect(problemsWith({ yaml })).toEqual([expected]);
  });
});

describe('readConfigFile', () => {
  it('is named by the flag, else by the variable', () => {
    const files = { '/work/a.yaml': 'port: 1', '/b.yaml': 'port: 2' };
    const env = { SWITCHYARD_CONFIG: '/b.yaml' };
    expect(readWith({ files, env })).toMatchObject({ port: 2, configFile: '/b.yaml' });
    expect(readWith({ files, env, flags: { config: 'a.yaml' } })).toMatchObject({
      port: 1,
      configFile: 'a.yaml',
    });
    expect(readWith({ files }).configFile).toBeNull();
  });

  it.each(['', '# nothing yet\n', '---\n', 'null'])('takes a file without settings (%j)', (yaml) => {
    expect(readWith({ yaml }).port).toBe(8000);
  });

  it.each([
    ['port: 1\nadminToken: "hush', 'it is no valid YAML at line 2, column 18 (MISSING_CHAR)'],
    ['port: 1\nport: 2', 'it is no valid YAML at line 2, column 1 (DUPLICATE_KEY)'],
    ['adminToken: *hush', 'it has YAML aliases that cannot be resolved'],
    ['- port', 'it must hold a mapping of settings'],
    ['hush', 'it must hold a mapping of settings'],
  ])('refuses %j without showing what it holds', (yaml, why) => {
    expect(problemsWith({ yaml })).toEqual([`--config: "${FILE}" is given; ${why}`]);
  });

  it('names the flag or variable of a file that is missing', () => {
    const expected = '"/none" is given; there is no such file';
    expect(problemsWith({ flags: { config: '/none' } })).toEqual([`--config: ${expected}`]);
    expect(problemsWith({ env: { SWITCHYARD_CONFIG: '/none' } })).toEqual([`SWITCHYARD_CONFIG: ${expected}`]);
  });
});
