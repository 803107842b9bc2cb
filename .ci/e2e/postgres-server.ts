import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort, OwnedProcess } from './child-process.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);
const defaultSuperuser: Superuser = { name: 'mlflow', password: 'only-for-this-test' };
/** PostgreSQL refuses to run as root, so root runs it as one of these. */
const unprivilegedUsers = ['postgres', 'nobody'];

export interface Superuser {
  readonly name: string;
  readonly password: string;
}

export interface PostgresOptions {
  readonly superuser?: Superuser;
  /** Default: a free one. */
  readonly port?: number;
}

/** Debian's PostgreSQL on loopback with a password; it keeps its port and its data when it is stopped and started. */
export class PostgresServer {
  /** In a temporary directory of its own, which its user has to be able to enter. */
  readonly #directory: string;
  readonly #binaries: string;
  readonly #owner: Owner | null;
  readonly #superuser: Superuser;
  readonly #port: number;
  #process: OwnedProcess | null = null;

  private constructor(place: Place, superuser: Superuser, port: number) {
    this.#directory = place.directory;
    this.#binaries = place.binaries;
    this.#owner = place.owner;
    this.#superuser = superuser;
    this.#port = port;
  }

  /** @returns a server that answers @throws Error that says what to install if there is no PostgreSQL */
  static async create(options: PostgresOptions = {}): Promise<PostgresServer> {
    const binaries = await findBinaries();
    const owner = process.getuid?.() === 0 ? await findOwner() : null;
    const directory = await mkdtemp(join(tmpdir(), 'switchyard-postgres-'));
    const { superuser = defaultSuperuser, port = await findFreePort() } = options;
    const server = new PostgresServer({ directory, binaries, owner }, superuser, port);
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    const passwordFile = join(directory, 'password');
    await writeFile(passwordFile, superuser.password, { mode: 0o600 });
    await mkdir(server.#data);
    if (owner !== null) {
      for (const path of [directory, passwordFile, server.#data]) await chown(path, owner.uid, owner.gid);
    }
    const parameters = [
      '--auth=scram-sha-256',
      `--username=${superuser.name}`,
      `--pwfile=${passwordFile}`,
      '--no-sync',
    ];
    await run(join(binaries, 'initdb'), [...parameters, '--encoding=UTF8', '--locale=C', server.#data], {
      cwd: directory,
      ...(owner ?? {}),
    });
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(this.#port),
      unix_socket_directories: '',
      fsync: 'off',
    };
    const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = new OwnedProcess([join(this.#binaries, 'postgres'), '-D', this.#data, ...parameters], {
      directory: this.#directory,
      environment: { PATH: process.env.PATH ?? '' },
      logFile: join(this.#directory, 'server.log'),
      ...(this.#owner === null ? {} : { owner: this.#owner }),
    });
    this.#process = server;
    await waitUntil('PostgreSQL answers', 30_000, async () => {
      if (server.hasExited) throw new Error(`PostgreSQL ended:\n${server.logTail()}`);
      return await this.#psql('SELECT 1').then(
        () => true,
        () => false,
      );
    });
  }

  /** @returns the URI of a new, empty database, as `--backend-store-uri` takes it */
  async createDatabase(name: string): Promise<string> {
    await this.#psql(`CREATE DATABASE ${name}`);
    // SQLAlchemy 2.1 takes a plain postgresql: for psycopg 3.
    const { name: user, password } = this.#superuser;
    return `postgresql+psycopg2://${user}:${password}@127.0.0.1:${this.#port}/${name}`;
  }

  async stop(): Promise<void> {
    // At SIGTERM it would wait until its clients have gone.
    await this.#process?.stopGroup('SIGINT');
    this.#process = null;
  }

  /** Stops it and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** As `postgres --version` tells it. */
  async version(): Promise<string> {
    const { stdout } = await run(join(this.#binaries, 'postgres'), ['--version']);
    return stdout.trim();
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  async #psql(statement: string): Promise<void> {
    const parameters = [
      '--host=127.0.0.1',
      `--port=${this.#port}`,
      `--username=${this.#superuser.name}`,
      '--dbname=postgres',
    ];
    await run(
      join(this.#binaries, 'psql'),
      [...parameters, '--no-psqlrc', '--quiet', '--command', statement],
      {
        env: { PATH: process.env.PATH ?? '', PGPASSWORD: this.#superuser.password },
      },
    );
  }
}

interface Place {
  readonly directory: string;
  readonly binaries: string;
  readonly owner: Owner | null;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Debian keeps the server's commands off the PATH, in a directory for each release; the newest is taken. */
async function findBinaries(): Promise<string> {
  const releases = '/usr/lib/postgresql';
  const found = (await readdir(releases).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  for (const release of found) {
    const folder = join(releases, release, 'bin');
    const names = await readdir(folder).catch((): string[] => []);
    if (['initdb', 'postgres', 'psql'].every((name) => names.includes(name))) return folder;
  }
  throw new Error('there is no PostgreSQL in /usr/lib/postgresql: apt-get install postgresql');
}

async function findOwner(): Promise<Owner> {
  for (const name of unprivilegedUsers) {
    const id = async (flag: string) => Number((await run('id', [flag, name])).stdout);
    const owner = await Promise.all([id('-u'), id('-g')]).catch(() => null);
    if (owner !== null) return { uid: owner[0], gid: owner[1] };
  }
  throw new Error(`root cannot run PostgreSQL, and there is no user ${unprivilegedUsers.join(' or ')}`);
}
