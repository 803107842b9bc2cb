import { copyFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TlsIdentity } from '../../src/http/tls-identity.ts';
import { runGateway, temporaryFolder } from '../running-gateway.ts';

const PAIRS = resolve(import.meta.dirname, '../fixtures/tls');

describe('TlsIdentity', () => {
  let folder: string;
  let paths: { certFile: string; keyFile: string };
  let refused: string[];
  let identity: TlsIdentity | null;

  beforeEach(async () => {
    folder = await temporaryFolder();
    paths = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
    refused = [];
    identity = null;
    await put('first');
  });

  afterEach(async () => {
    identity?.close();
    await rm(folder, { recursive: true });
  });

  const put = async (name: string) => {
    await copyFile(join(PAIRS, `${name}.crt`), paths.certFile);
    await copyFile(join(PAIRS, `${name}.key`), paths.keyFile);
  };
  const open = () => new TlsIdentity(paths, (error) => refused.push(error.message));

  it('tells of renewed files, once', async () => {
    identity = open();
    const renewed: string[] = [];
    identity.onRenewed(({ cert }) => renewed.push(cert));
    identity.lookAgain();
    expect(renewed).toEqual([]);
    await put('second');
    identity.lookAgain();
    identity.lookAgain();
    expect(renewed).toEqual([identity.pair.cert]);
  });

  it('stays with what it has while the new files are of no use, and says so once', async () => {
    identity = open();
    const before = identity.pair;
    await copyFile(join(PAIRS, 'second.crt'), paths.certFile);
    identity.lookAgain();
    identity.lookAgain();
    expect(identity.pair).toBe(before);
    expect(refused).toEqual([expect.stringContaining('do not hold a certificate and its key')]);
    await put('second');
    identity.lookAgain();
    expect(identity.pair).not.toBe(before);
  });

  it.each([
    ['missing.crt', 'SWITCHYARD_TLS_CERT_FILE: the file cannot be read (ENOENT)'],
    ['garbage.crt', 'do not hold a certificate and its key as PEM'],
  ])('does not start with %s', async (file, message) => {
    await writeFile(join(folder, 'garbage.crt'), 'no certificate');
    paths = { ...paths, certFile: join(folder, file) };
    expect(open).toThrow(message);
  });

  it('serves HTTPS', async () => {
    await using running = await runGateway({
      SWITCHYARD_TLS_CERT_FILE: paths.certFile,
      SWITCHYARD_TLS_KEY_FILE: paths.keyFile,
    });
    await running.serving('iris');
    expect(running.url).toMatch(/^https:/);
    const answer = await new Promise<{ body: string; subject: string }>((resolve, reject) => {
      const options = { method: 'POST', rejectUnauthorized: false, agent: false } as const;
      const outgoing = request(`${running.url}/predict`, options, async (incoming) => {
        const subject = (incoming.socket as TLSSocket).getPeerCertificate().subject.CN;
        resolve({ body: await text(incoming), subject: String(subject) });
      });
      outgoing.on('error', reject).end('{"features": [5.1, 3.5, 1.4, 0.2]}');
    });
    expect(JSON.parse(answer.body)).toMatchObject({ prediction: 0 });
    expect(answer.subject).toBe('switchyard test first');
  });
});
