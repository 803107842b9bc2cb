import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort, OwnedProcess } from './child-process.ts';
import { checkout } from './gateway-process.ts';
import { waitUntil } from './wait-until.ts';

const nginx = '/usr/sbin/nginx';
const tlsFixtures = join(checkout, 'test', 'fixtures', 'tls');

/** PEM files, all of a private authority. */
export const certificates = {
  authority: join(tlsFixtures, 'authority.pem'),
  otherAuthority: join(tlsFixtures, 'other-authority.pem'),
  /** For 127.0.0.1 and localhost. */
  server: join(tlsFixtures, 'server.pem'),
  serverKey: join(tlsFixtures, 'server.key'),
  /** Certificate and key in one file. */
  client: join(tlsFixtures, 'client.pem'),
} as const;

export interface NginxFrontOptions {
  readonly directory: string;
  /** Origin of the server behind it. */
  readonly target: string;
  /** `/path` under which it shows the server; without it at the root. */
  readonly path?: string;
  /** Whoever does not send this bearer token gets 401; the server behind never sees it. */
  readonly token?: string;
  /** TLS with the server's certificate; mutual: clients have to show one that the authority signed, or get 400. */
  readonly tls?: 'server' | 'mutual';
}

/** Debian's nginx before another server on loopback, as sites put one before MLflow. */
export class NginxFront {
  readonly uri: string;
  readonly #process: OwnedProcess;

  private constructor(uri: string, owned: OwnedProcess) {
    this.uri = uri;
    this.#process = owned;
  }

  /** @returns a front that accepts connections @throws Error that says what to install if there is no nginx */
  static async start(options: NginxFrontOptions): Promise<NginxFront> {
    if (!existsSync(nginx)) throw new Error('there is no nginx in /usr/sbin: apt-get install nginx');
    const { directory, path, tls } = options;
    await mkdir(directory, { recursive: true });
    const port = await findFreePort();
    const file = join(directory, 'nginx.conf');
    await writeFile(file, configuration(options, port));
    const owned = new OwnedProcess([nginx, '-c', file, '-p', directory, '-e', 'stderr'], {
      directory,
      environment: {},
      logFile: join(directory, 'nginx.log'),
    });
    const scheme = tls === undefined ? 'http' : 'https';
    await waitUntil('nginx accepts connections', 10_000, async () => {
      if (owned.hasExited) throw new Error(`nginx ended:\n${owned.logTail()}`);
      return existsSync(join(directory, 'nginx.pid'));
    });
    return new NginxFront(`${scheme}://127.0.0.1:${port}${path ?? ''}`, owned);
  }

  async stop(): Promise<void> {
    await this.#process.stopGroup();
  }
}

function configuration(options: NginxFrontOptions, port: number): string {
  const { target, path, token, tls } = options;
  const certificate = [
    `ssl_certificate ${certificates.server};`,
    `ssl_certificate_key ${certificates.serverKey};`,
    ...(tls === 'mutual'
      ? [`ssl_client_certificate ${certificates.authority};`, 'ssl_verify_client on;']
      : []),
  ];
  const guard =
    token === undefined
      ? []
      : [
          `if ($http_authorization != "Bearer ${token}") { return 401; }`,
          'proxy_set_header Authorization "";',
        ];
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${kind};`,
  );
  return [
    'daemon off;',
    'pid nginx.pid;',
    'error_log stderr warn;',
    'worker_processes 1;',
    // Its directory is closed to everybody else; whoever is not root runs it as himself anyway.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'events {}',
    'http {',
    ...temporary,
    'access_log off;',
    'server {',
    ...(tls === undefined
      ? [`listen 127.0.0.1:${port};`]
      : [`listen 127.0.0.1:${port} ssl;`, ...certificate]),
    `location ${path ?? ''}/ { ${guard.join(' ')} proxy_pass ${target}/; }`,
    '}',
    '}',
    '',
  ].join('\n');
}
