import type { Setting } from './setting.ts';

/** MLflow's own variables for its server, with their meaning there. */
export const MLFLOW_SETTINGS = [
  {
    variable: 'MLFLOW_REGISTRY_URI',
    yamlKey: 'mlflowRegistryUri',
    default: '`MLFLOW_TRACKING_URI`',
    meaning: '`http(s)` URL of the MLflow server whose model registry is followed',
  },
  {
    variable: 'MLFLOW_TRACKING_URI',
    yamlKey: 'mlflowTrackingUri',
    default: 'unset: the directory registry',
    meaning: 'the same, where `MLFLOW_REGISTRY_URI` is unset',
  },
  {
    variable: 'MLFLOW_TRACKING_USERNAME',
    yamlKey: 'mlflowTrackingUsername',
    default: '`~/.mlflow/credentials`',
    meaning: 'user for HTTP Basic; user and password win over the token',
  },
  {
    variable: 'MLFLOW_TRACKING_PASSWORD',
    yamlKey: 'mlflowTrackingPassword',
    default: '`~/.mlflow/credentials`',
    meaning: 'password for HTTP Basic',
    secret: true,
  },
  {
    variable: 'MLFLOW_TRACKING_TOKEN',
    yamlKey: 'mlflowTrackingToken',
    default: 'unset',
    meaning: 'bearer token',
    secret: true,
  },
  {
    variable: 'MLFLOW_TRACKING_INSECURE_TLS',
    yamlKey: 'mlflowTrackingInsecureTls',
    default: '`false`',
    meaning:
      '`true`: the MLflow server’s certificate is not verified; not together with `MLFLOW_TRACKING_SERVER_CERT_PATH`',
  },
  {
    variable: 'MLFLOW_TRACKING_SERVER_CERT_PATH',
    yamlKey: 'mlflowTrackingServerCertPath',
    default: 'unset: the public authorities',
    meaning: 'PEM file with the authorities that the MLflow server’s certificate is verified with',
  },
  {
    variable: 'MLFLOW_TRACKING_CLIENT_CERT_PATH',
    yamlKey: 'mlflowTrackingClientCertPath',
    default: 'unset',
    meaning: 'one PEM file with the client certificate and its key',
  },
  {
    variable: 'MLFLOW_WORKSPACE',
    yamlKey: 'mlflowWorkspace',
    default: 'unset',
    meaning: 'workspace of the MLflow server (3.10 and later)',
  },
] as const satisfies readonly Setting[];
