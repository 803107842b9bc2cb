import type { ArtifactSource } from './artifacts/artifact-source.ts';
import { createFolderSource } from './artifacts/folder/folder-source.ts';
import { createHttpFolderSource } from './artifacts/http/http-folder-source.ts';
import type { HttpCredentials } from './artifacts/http-client.ts';
import { createMlflowProxySource } from './artifacts/mlflow-proxy/mlflow-proxy-source.ts';
import { createS3Source } from './artifacts/s3/s3-source.ts';
import type { Config } from './config.ts';
import { GatewayError } from './errors.ts';
import { createDirectoryRegistry } from './registry/directory/directory-registry.ts';
import { createMlflowRegistry } from './registry/mlflow/mlflow-registry.ts';
import { createMlflowStandingWriter } from './registry/mlflow/mlflow-standing-writer.ts';
import { MlflowWebhooks } from './registry/mlflow/mlflow-webhooks.ts';
import type { ModelRegistry } from './registry/model-registry.ts';
import { createMountedRegistry } from './registry/mounted/mounted-registry.ts';
import type { StandingWriter } from './registry/standing-writer.ts';

const REGISTRY_REQUEST_TIMEOUT_MS = 30_000;
/** However short the polls are, a busy server needs that. */
const LEAST_PATIENCE_MS = 1_000;

type MlflowChoice = Extract<Config['registry'], { readonly kind: 'mlflow' }>;

/** The registry that the settings choose. */
export function createRegistry(config: Config): ModelRegistry {
  const { registry, pollIntervalMs } = config;
  switch (registry.kind) {
    case 'model-directory':
      return createMountedRegistry(registry.directory, registry.decidedBy);
    case 'directory':
      return createDirectoryRegistry({ directory: registry.directory, pollIntervalMs, now: Date.now });
    case 'mlflow':
      return createMlflowRegistry({
        ...mlflowClientOptions(registry),
        patienceMs: Math.max(pollIntervalMs, LEAST_PATIENCE_MS),
      });
  }
}

/** What tells the registry which version serves; `null` unless the settings ask for it. */
export function createStandingWriter({ registry, verdictTags, gatewayName }: Config): StandingWriter | null {
  if (!verdictTags || registry.kind !== 'mlflow') return null;
  return createMlflowStandingWriter({ ...mlflowClientOptions(registry), gatewayName });
}

/** The webhooks of the MLflow server that is followed. @throws GatewayError INVALID_SETTING if none is. */
export function createWebhooks({ registry }: Config): MlflowWebhooks {
  if (registry.kind === 'mlflow') return new MlflowWebhooks(mlflowClientOptions(registry));
  const text =
    `only MLflow sends webhooks, and ${registry.directory} is followed (decided by ${registry.decidedBy}); ` +
    'set MLFLOW_TRACKING_URI';
  throw new GatewayError('INVALID_SETTING', text);
}

function mlflowClientOptions(registry: MlflowChoice) {
  const { uri, tls, workspace } = registry;
  const credentials = revealCredentials(registry);
  return { uri, credentials, tls, workspace, requestTimeoutMs: REGISTRY_REQUEST_TIMEOUT_MS };
}

/**
 * Every place that artifacts may come from under the settings, most particular first.
 *
 * @param onNote Takes sentences for the operator that are no call's error.
 */
export function createArtifactSources(
  config: Config,
  onNote: (note: string) => void,
): readonly ArtifactSource[] {
  const { registry, artifactOrigins, artifactRoots } = config;
  if (registry.kind !== 'mlflow') {
    return [
      createFolderSource({ roots: [registry.directory, ...artifactRoots] }),
      createHttpFolderSource({ allowedOrigins: artifactOrigins, trustedOrigin: null }),
    ];
  }
  const { uri, workspace, objectStore } = registry;
  const origin = new URL(uri).origin;
  const access = {
    credentials: revealCredentials(registry),
    headers: workspace === null ? {} : { 'x-mlflow-workspace': workspace },
    tls: tlsOf(registry),
  };
  return [
    createMlflowProxySource({
      registryUrl: uri,
      allowedOrigins: artifactOrigins,
      ...access,
      presigned: objectStore.presigned,
      stores: {
        allowedOrigins: objectStore.endpoint === null ? [] : [objectStore.endpoint],
        tls: {
          insecure: objectStore.insecureTls,
          ...(objectStore.caPath === null ? {} : { caPath: objectStore.caPath }),
        },
      },
      onNote,
    }),
    createS3Source(objectStore),
    createFolderSource({ roots: artifactRoots }),
    createHttpFolderSource({
      allowedOrigins: [origin, ...artifactOrigins],
      trustedOrigin: origin,
      ...access,
    }),
  ];
}

function revealCredentials({ credentials }: MlflowChoice): HttpCredentials | null {
  if (credentials === null) return null;
  return credentials.kind === 'basic'
    ? { kind: 'basic', username: credentials.username, password: credentials.password.reveal() }
    : { kind: 'bearer', token: credentials.token.reveal() };
}

function tlsOf({ tls }: MlflowChoice) {
  return {
    insecure: tls.insecure,
    ...(tls.caPath === null ? {} : { caPath: tls.caPath }),
    ...(tls.clientCertPath === null ? {} : { clientCertPath: tls.clientCertPath }),
  };
}
