import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { GatewayProcess } from './gateway-process.ts';
import type { MlflowServer } from './mlflow-server.ts';
import type { Report } from './report.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);

export interface FullDiskOptions {
  /** Where a small file system is mounted, and the gateway's log lies. */
  readonly directory: string;
  readonly registry: MlflowServer;
  readonly environment: Readonly<Record<string, string>>;
  /** Has a small version 1 and a version 2 that needs `neededMB`. */
  readonly model: string;
  readonly neededMB: number;
  /** What the message has to say. */
  readonly message: RegExp;
}

/** Whether this process may mount a file system. */
export async function canMount(directory: string): Promise<boolean> {
  await mkdir(directory, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'switchyard', directory]);
    await run('umount', [directory]);
    return true;
  } catch {
    return false;
  }
}

/** A version that the disk has no room for is an error that names the directory; what served serves on; with room it is loaded. */
export async function checkFullDisk(report: Report, what: string, options: FullDiskOptions): Promise<void> {
  const { directory, registry, environment, model, neededMB } = options;
  const cache = `${directory}/cache`;
  await mkdir(cache, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${Math.round(neededMB * 0.6)}m`, 'switchyard', cache]);
  let gateway: GatewayProcess | null = null;
  try {
    await registry.admin.moveAlias(model, 'disk', '1');
    gateway = await GatewayProcess.start({
      directory,
      environment: {
        ...environment,
        SWITCHYARD_MODELS: `models:/${model}@disk`,
        SWITCHYARD_CACHE_DIR: cache,
      },
    });
    await gateway.waitUntilReady();
    await registry.admin.moveAlias(model, 'disk', '2');
    const running = gateway;
    const status = await waitUntil('the full disk is noticed', 30_000, async () => {
      const now = await running.status(model);
      return now.lastError === null ? null : now;
    });
    const isTold =
      status.lastError?.code === 'CACHE_UNAVAILABLE' &&
      status.lastError.message.includes(cache) &&
      options.message.test(status.lastError.message);
    report.check(`${what}: the error names the directory and what to do`, isTold, status.lastError);
    report.check(
      `${what}: version 1 serves on`,
      status.current?.version === '1' && (await gateway.isReady()),
    );
    await run('mount', ['-o', `remount,size=${Math.round(neededMB * 4)}m`, cache]);
    await waitUntil('version 2 serves once there is room', 60_000, async () => {
      return (await running.status(model)).current?.version === '2';
    });
    report.check(`${what}: with room again version 2 is loaded by itself`, true);
    report.check(`${what}: SIGTERM ends it with exit code 0`, (await gateway.stop()) === 0);
  } finally {
    await gateway?.kill();
    await run('umount', ['--lazy', cache]);
  }
}
