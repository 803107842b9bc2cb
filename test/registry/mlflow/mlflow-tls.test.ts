import { readFileSync } from 'node:fs';
import { createServer as createPlainServer, type Server as PlainServer } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { MlflowClient } from '../../../src/registry/mlflow/mlflow-client.ts';
import type { MlflowTls } from '../../../src/registry/mlflow/mlflow-tls.ts';

const noAbort = new AbortController().signal;
const at = (file: string) => join(import.meta.dirname, '..', '..', 'fixtures', 'tls', file);
const read = (file: string) => readFileSync(at(file), 'utf8');

describe('MlflowClient over TLS', () => {
  const closing: (() => unknown)[] = [];

  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });

  const listen = async (server: Server | PlainServer) => {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  };

  /** Answers with the name in the client's certificate. */
  const start = async (options: ServerOptions = {}) =>
    await listen(
      createServer({ cert: read('server.pem'), key: read('server.key'), ...options }, (request, response) => {
        const shown: Partial<PeerCertificate> = (request.socket as TLSSocket).getPeerCertificate();
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ client: shown.subject?.CN ?? null }));
      }),
    );

  const get = async (uri: string, tls: Partial<MlflowTls> = {}) => {
    const client = new MlflowClient({
      uri,
      credentials: null,
      tls: { insecure: false, caPath: null, clientCertPath: null, ...tls },
      requestTimeoutMs: 5_000,
      workspace: null,
    });
    closing.push(() => client.close());
    return await client.get('registered-models/get', { name: 'iris' }, noAbort);
  };
  const caPath = at('authority.pem');

  it('trusts the authority of the setting, and whatever the server shows where it must not verify', async () => {
    const port = await start();
    const answer = { ok: true, body: { client: null } };
    expect(await get(`https://127.0.0.1:${port}`, { caPath })).toEqual(answer);
    expect(await get(`https://localhost:${port}`, { caPath })).toEqual(answer);
    expect(await get(`https://127.0.0.1:${port}`, { insecure: true })).toEqual(answer);
  });

  it.each([
    ['none', null],
    ['another one', at('other-authority.pem')],
  ])('says which setting names the authority, given %s', async (_, authority) => {
    const uri = `https://127.0.0.1:${await start()}`;
    await expect(get(uri, { caPath: authority })).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message:
        `cannot reach MLflow at ${uri}/api/2.0/mlflow/registered-models/get: its certificate is signed by no authority ` +
        'that is trusted here (UNABLE_TO_VERIFY_LEAF_SIGNATURE); MLFLOW_TRACKING_SERVER_CERT_PATH must name a PEM file ' +
        'with the authority that signed it',
    });
  });

  it('says which names the certificate has', async () => {
    const port = await start();
    await expect(get(`https://127.0.0.1:${port}`, { caPath: at('client.pem') })).rejects.toThrow(
      /signed by no authority/,
    );
    // The server's certificate is for 127.0.0.1 and localhost; ::ffff:7f00:1 is the first by another name.
    await expect(get(`https://[::ffff:127.0.0.1]:${port}`, { caPath })).rejects.toThrow(
      /does not match certificate's altnames.*; the URI must name the server as its certificate does/,
    );
  });

  it('shows the client certificate', async () => {
    const port = await start({ requestCert: true, ca: read('authority.pem') });
    const answer = await get(`https://127.0.0.1:${port}`, { caPath, clientCertPath: at('client.pem') });
    expect(answer).toEqual({ ok: true, body: { client: 'gateway' } });
  });

  it.each([
    [
      'TLSv1.2',
      /wants a client certificate, or another one \(TLS alert .*MLFLOW_TRACKING_CLIENT_CERT_PATH must/,
    ],
    ['TLSv1.3', /wants another client certificate \(MLFLOW_TRACKING_CLIENT_CERT_PATH\) does that/],
  ] as const)('says which setting names the client certificate, over %s', async (maxVersion, message) => {
    const ca = read('authority.pem');
    const port = await start({ requestCert: true, rejectUnauthorized: true, ca, maxVersion });
    await expect(get(`https://127.0.0.1:${port}`, { caPath })).rejects.toThrow(message);
  });

  it('says so where no TLS is spoken', async () => {
    const port = await listen(createPlainServer((_, response) => response.end()));
    await expect(get(`https://127.0.0.1:${port}`, { caPath })).rejects.toThrow(
      'no TLS is spoken on this port; is the URI http:// there?',
    );
  });
});
