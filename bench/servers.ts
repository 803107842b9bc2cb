import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './processes/free-port.ts';

export const CHECKOUT = join(import.meta.dirname, '..');

/** A server under test in a process of its own. */
export interface BenchServer {
  readonly name: string;
  readonly url: string;
  /** From the start of the process to its first answer. */
  readonly firstAnswerMs: number;
  /** Resident memory now, in MiB. */
  residentMiB(): number;
  /** Processor time that its main thread has used, in milliseconds. */
  mainThreadMs(): number;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly name: string;
  readonly entry: string;
  readonly environment?: Record<string, string>;
}

/** A fresh directory that is left to the system to clean. */
export function temporaryDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `switchyard-bench-${name}-`));
}

/** The gateway from `entry` (`src/main.ts` or `dist/main.js`), with a cache of its own unless one is given. */
export async function startGateway(options: StartOptions): Promise<BenchServer> {
  const port = await findFreePort();
  return start(options, port, [join(CHECKOUT, options.entry), 'serve', '--port', String(port)]);
}

async function start(options: StartOptions, port: number, args: readonly string[]): Promise<BenchServer> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH ?? '',
      SWITCHYARD_CACHE_DIR: temporaryDirectory('cache'),
      SWITCHYARD_LOG_LEVEL: 'warn',
      ...options.environment,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null)
      throw new Error(`${options.name} ended with ${child.exitCode} before it answered`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return describe(options.name, child, port, performance.now() - startedAt);
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/predict`, {
    method: 'POST',
    body: '{"features":[5.1,3.5,1.4,0.2]}',
  }).catch(() => null);
  await response?.arrayBuffer();
  return response?.status === 200;
}

function describe(name: string, child: ChildProcess, port: number, firstAnswerMs: number): BenchServer {
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    firstAnswerMs,
    residentMiB: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    },
    mainThreadMs: () => Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6,
    stop: async () => {
      if (child.exitCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    },
  };
}
