import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerRangedFile } from './ranged-file.ts';

export const API = '/api/2.0/mlflow-artifacts/artifacts';

/**
 * Answers as MLflow's artifact proxy over a local store does, by the recorded exchanges: 3.17.2 with Content-Length,
 * ranges and 404, 2.22.5 chunked and with 500 for a missing file.
 *
 * @param files Path below the store → content.
 */
export function mlflowArtifactAnswers(files: ReadonlyMap<string, Uint8Array>, version: '2.22.5' | '3.17.2') {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'http://server');
    const path = decodeURIComponent(url.pathname.slice(url.pathname.indexOf(API) + API.length + 1));
    if (!url.pathname.includes(API)) {
      response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>');
    } else if (path === '') {
      const listing = list(files, url.searchParams.get('path') ?? '');
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(listing));
    } else {
      answerFile(request, response, files.get(path), path, version);
    }
  };
}

function list(files: ReadonlyMap<string, Uint8Array>, folder: string): object {
  const prefix = folder === '' ? '' : `${folder}/`;
  const entries = new Map<string, object>();
  for (const [path, content] of files) {
    if (!path.startsWith(prefix)) continue;
    const [name, ...rest] = path.slice(prefix.length).split('/');
    if (rest.length > 0) entries.set(name!, { path: name, is_dir: true });
    else entries.set(name!, { path: name, is_dir: false, file_size: content.byteLength });
  }
  return entries.size === 0 ? {} : { files: [...entries.values()] };
}

function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array | undefined,
  path: string,
  version: '2.22.5' | '3.17.2',
): void {
  const json = { 'content-type': 'application/json' };
  const binary = { 'content-type': 'application/octet-stream' };
  if (content !== undefined && version === '3.17.2') {
    answerRangedFile(request, response, content, binary);
  } else if (content !== undefined) {
    response.writeHead(200, binary);
    response.write(content);
    response.end();
  } else if (version === '3.17.2') {
    const body = { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `No such artifact: '${path}'` };
    response.writeHead(404, json).end(JSON.stringify(body));
  } else {
    const body = {
      error_code: 'INTERNAL_ERROR',
      message: 'The following failures occurred while downloading',
    };
    response.writeHead(500, json).end(JSON.stringify(body));
  }
}
