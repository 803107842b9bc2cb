import { GatewayError } from '../../errors.ts';
import { checkArtifactPath, MAX_FILES } from '../artifact-path.ts';
import type { ArtifactFile, ArtifactSource } from '../artifact-source.ts';
import { ArtifactHttpClient, type ArtifactHttpOptions, type HttpTlsOptions } from '../http-client.ts';
import { UnexpectedStatus } from '../http-error.ts';
import { printableLocation } from '../printable-location.ts';
import { PresignedDownloads, type PresignedUse } from './presigned-downloads.ts';
import { readListing } from './proxy-listing.ts';
import {
  fileUrl,
  isProxyLocation,
  listingUrl,
  type ProxyLocation,
  parseProxyLocation,
} from './proxy-location.ts';

/** Nested deeper than this is a loop. */
const MAX_DEPTH = 32;

export interface MlflowProxySourceOptions
  extends Omit<ArtifactHttpOptions, 'trustedOrigin' | 'allowedOrigins'> {
  /** The MLflow server that is followed, with its path prefix if it has one; its origin is allowed and gets the credentials. */
  readonly registryUrl: string;
  /** Further origins that may be asked, without credentials (SWITCHYARD_ARTIFACT_ORIGINS). */
  readonly allowedOrigins?: readonly string[];
  /** How stores are asked that the server gives presigned URLs of. */
  readonly stores?: StoreOptions;
  /** Default: `auto`. */
  readonly presigned?: PresignedUse;
  readonly now?: () => number;
  /** Takes a sentence for the operator that is no call's error. */
  readonly onNote?: (note: string) => void;
}

export interface StoreOptions {
  /** Origins besides `https` ones that are not at an address of this machine or link. */
  readonly allowedOrigins?: readonly string[];
  readonly tls?: HttpTlsOptions;
}

/** Artifacts that an MLflow server, 2.x or 3.x, hands out itself (`--serve-artifacts`, its default). */
export function createMlflowProxySource(options: MlflowProxySourceOptions): ArtifactSource {
  const registry = new URL(options.registryUrl);
  const client = new ArtifactHttpClient({
    ...options,
    trustedOrigin: registry.origin,
    allowedOrigins: [registry.origin, ...(options.allowedOrigins ?? [])],
  });
  const stores = new ArtifactHttpClient({
    ...options.stores,
    trustedOrigin: null,
    allowedOrigins: [
      registry.origin,
      ...(options.allowedOrigins ?? []),
      ...(options.stores?.allowedOrigins ?? []),
    ],
    allowsPublic: true,
  });
  const presigned = new PresignedDownloads({
    use: options.presigned ?? 'auto',
    server: client,
    stores,
    now: options.now ?? Date.now,
    onNote: options.onNote ?? (() => {}),
  });
  return {
    name: 'mlflow-proxy',
    accepts: isProxyLocation,

    async list(location, signal) {
      const at = parseProxyLocation(location, registry);
      try {
        return await listAll(client, location, at, signal);
      } catch (error) {
        throw deniedFor(at, error) ?? error;
      }
    },

    async open({ location, path, sizeBytes = null, resume = null }, signal) {
      checkArtifactPath(path);
      const at = parseProxyLocation(location, registry);
      const file = join(at.folder, path);
      client.requireAllowed(at.endpoint);
      const request = { endpoint: at.endpoint, file, sizeBytes, resume };
      const direct = await presigned.tryOpen(request, signal);
      if (direct !== null) return direct;
      try {
        return await client.get(fileUrl(at.endpoint, file), signal, { resume });
      } catch (error) {
        const status = statusOf(error);
        // A server that hands out nothing but presigned URLs.
        if (status === 409) return presigned.open(request, signal);
        if (status === 500) await throwIfMissing(client, at, path, signal);
        throw deniedFor(at, error) ?? error;
      }
    },

    async close() {
      await client.close();
      await stores.close();
    },
  };
}

function statusOf(error: unknown): number | null {
  return error instanceof GatewayError && error.cause instanceof UnexpectedStatus ? error.cause.status : null;
}

async function listAll(
  client: ArtifactHttpClient,
  location: string,
  at: ProxyLocation,
  signal: AbortSignal,
): Promise<ArtifactFile[]> {
  const files: ArtifactFile[] = [];
  const pending: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of await listFolder(client, at.endpoint, join(at.folder, folder.path), signal)) {
      const path = join(folder.path, entry.name);
      if (entry.isFolder) pending.push({ path, depth: folder.depth + 1 });
      else files.push({ path, sizeBytes: entry.sizeBytes });
    }
    if (folder.depth > MAX_DEPTH)
      throw new GatewayError(
        'ARTIFACT_INVALID',
        `artifact folder "${folder.path}" is nested deeper than ${MAX_DEPTH} folders`,
      );
    if (files.length + pending.length > MAX_FILES)
      throw new GatewayError(
        'ARTIFACT_INVALID',
        `artifacts at "${printableLocation(location)}" are more than ${MAX_FILES} files: log the model into a folder of its own`,
      );
  }
  return files;
}

async function listFolder(client: ArtifactHttpClient, endpoint: URL, folder: string, signal: AbortSignal) {
  const url = listingUrl(endpoint, folder);
  const { chunks } = await client.get(url, signal);
  return readListing(chunks, printableLocation(url.href));
}

/** MLflow 2.x, and every version over S3, answers 500 for a file that does not exist: only the listing tells the two apart. */
async function throwIfMissing(
  client: ArtifactHttpClient,
  at: ProxyLocation,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const slash = path.lastIndexOf('/');
  const parent = join(at.folder, path.slice(0, Math.max(0, slash)));
  const entries = await listFolder(client, at.endpoint, parent, signal).catch(() => null);
  signal.throwIfAborted();
  if (entries === null || entries.some((entry) => !entry.isFolder && entry.name === path.slice(slash + 1)))
    return;
  throw new GatewayError('ARTIFACT_INVALID', `the MLflow server has no artifact "${join(at.folder, path)}"`);
}

/**
 * What to grant where MLflow's own accounts end in 403, else `null`. MLflow goes by the experiment whose number the path
 * begins with, in a workspace after its name.
 */
function deniedFor({ folder }: ProxyLocation, error: unknown): GatewayError | null {
  const experiment = /^(?:workspaces\/[^/]+\/)?(\d+)(?:\/|$)/.exec(folder)?.[1];
  const isDenied =
    error instanceof GatewayError && statusOf(error) === 403 && !/host header/i.test(error.message);
  if (!isDenied || experiment === undefined) return null;
  return new GatewayError(
    'ARTIFACT_FORBIDDEN',
    `MLflow does not let this account read the files in "${folder}" (403); grant READ on experiment ${experiment}, which holds them`,
    { cause: error },
  );
}

function join(folder: string, path: string): string {
  return [folder, path].filter((part) => part !== '').join('/');
}
