import { GatewayError } from '../../errors.ts';
import { checkArtifactPath, encodePath } from '../artifact-path.ts';
import { printableLocation } from '../printable-location.ts';

const API_PATH = '/api/2.0/mlflow-artifacts/artifacts';
const API_URL = /^https?:\/\/[^?#]*\/api\/2\.0\/mlflow-artifacts\/artifacts(\/|$)/i;

/** A folder behind an MLflow server's artifact proxy. */
export interface ProxyLocation {
  /** The proxy's API without the folder: the address of listings. */
  readonly endpoint: URL;
  /** The folder as the server names it: not percent-encoded, without slashes at its ends. */
  readonly folder: string;
}

export function isProxyLocation(location: string): boolean {
  return /^mlflow-artifacts:/i.test(location) || API_URL.test(location);
}

/**
 * Understands `mlflow-artifacts:/path` (on the registry's server), `mlflow-artifacts://host:port/path` (on that host, with
 * the registry's scheme and path prefix) and the URL of the API itself. As in MLflow's client, the path of the first two
 * is plain text; in the URL it is percent-encoded.
 *
 * @param registry URL of the MLflow server, possibly with a path prefix.
 * @throws GatewayError ARTIFACT_INVALID, also if the folder leads out of the API (`..`), where our credentials would go along.
 */
export function parseProxyLocation(location: string, registry: URL): ProxyLocation {
  const parsed = parseForms(location, registry);
  if (parsed.folder !== '') checkArtifactPath(parsed.folder);
  return parsed;
}

function parseForms(location: string, registry: URL): ProxyLocation {
  const bare = location.replace(/[?#].*$/s, '');
  const invalid = (why: string) =>
    new GatewayError('ARTIFACT_INVALID', `artifact location "${printableLocation(location)}" ${why}`);
  if (API_URL.test(bare)) {
    const url = URL.parse(bare);
    if (url === null) throw invalid('is not a usable URL');
    const split = url.pathname.indexOf(API_PATH) + API_PATH.length;
    return {
      endpoint: new URL(url.pathname.slice(0, split), url.origin),
      folder: trimSlashes(decoded(url.pathname.slice(split))),
    };
  }
  const match = /^mlflow-artifacts:(?:\/\/([^/]*))?(\/.*)?$/is.exec(bare);
  if (match === null) throw invalid('is malformed');
  const authority = (match[1] ?? '').replace(/^.*@/s, '');
  if (/^\d+$/.test(authority)) throw invalid(`names no host but the number ${authority}`);
  const prefix = registry.pathname.replace(/\/+$/, '');
  const base = authority === '' ? registry.origin : `${registry.protocol}//${authority}`;
  const endpoint = URL.parse(`${base}${prefix}${API_PATH}`);
  if (endpoint === null) throw invalid('names no usable host');
  return { endpoint, folder: trimSlashes(match[2] ?? '') };
}

/** Address of the listing of one folder. */
export function listingUrl(endpoint: URL, folder: string): URL {
  const url = new URL(endpoint);
  if (folder !== '') url.search = `?path=${encodeURIComponent(folder)}`;
  return url;
}

/** Address of one file. */
export function fileUrl(endpoint: URL, file: string): URL {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname}/${encodePath(file)}`;
  return url;
}

/** Address of the answer that says where a file can be fetched without the server (3.11 and later). */
export function presignedUrl(endpoint: URL, file: string): URL {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/artifacts$/, '/presigned')}/${encodePath(file)}`;
  return url;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function trimSlashes(path: string): string {
  return path.replace(/\/+/g, '/').replace(/^\/|\/$/g, '');
}
