import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort, OwnedProcess } from './child-process.ts';
import { checkout } from './gateway-process.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);

/** moto's server, an S3-compatible store on loopback. It keeps everything in memory, so it forgets when it stops. */
export class ObjectStore {
  readonly endpoint: string;
  readonly #process: OwnedProcess;

  private constructor(endpoint: string, owned: OwnedProcess) {
    this.endpoint = endpoint;
    this.#process = owned;
  }

  /** @param port default: a free one @returns a store that answers */
  static async start(directory: string, port?: number): Promise<ObjectStore> {
    await mkdir(directory, { recursive: true });
    const requirements = join(checkout, '.ci', 'mlflow', 'requirements-moto.txt');
    const { stdout } = await run(join(checkout, '.ci', 'venv.sh'), [requirements]);
    const chosen = port ?? (await findFreePort());
    const command = [
      join(stdout.trim(), 'bin', 'moto_server'),
      '-H',
      '127.0.0.1',
      '-p',
      String(chosen),
    ] as const;
    const owned = new OwnedProcess(command, {
      directory,
      environment: { PATH: process.env.PATH ?? '', HOME: directory },
      logFile: join(directory, 'object-store.log'),
    });
    const store = new ObjectStore(`http://127.0.0.1:${chosen}`, owned);
    await waitUntil('the object store answers', 60_000, async () => {
      if (owned.hasExited) throw new Error(`the object store ended:\n${owned.logTail()}`);
      const response = await fetch(store.endpoint).catch(() => null);
      await response?.text();
      return response?.ok ?? false;
    });
    return store;
  }

  /** @returns its `s3://` URI */
  async createBucket(name: string): Promise<string> {
    const response = await fetch(`${this.endpoint}/${name}`, { method: 'PUT' });
    if (!response.ok)
      throw new Error(`the object store answered ${response.status}: ${await response.text()}`);
    return `s3://${name}`;
  }

  /** What boto3, and so MLflow, needs to use it. */
  get environment(): Record<string, string> {
    return {
      MLFLOW_S3_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: 'only-for-this-test',
      AWS_SECRET_ACCESS_KEY: 'only-for-this-test',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
  }

  /** The request lines so far. */
  async requestLog(): Promise<string> {
    return readFile(this.#process.logFile, 'utf8');
  }

  async stop(): Promise<void> {
    await this.#process.stopGroup();
  }
}
