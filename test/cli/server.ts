import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Environment } from '../running-gateway.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

export type Line = Readonly<Record<string, unknown>> & { readonly event: string; readonly msg: string };

/** `switchyard serve` in a process of its own. */
export class Server implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly lines: Line[] = [];
  /** What it printed that is no JSON object. */
  readonly oddLines: string[] = [];
  stderr = '';
  #onLine: () => void = () => {};
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;

  constructor(env: Environment, flags: readonly string[] = []) {
    this.#child = spawn(process.execPath, [MAIN, 'serve', ...flags], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk) => {
      this.stderr += String(chunk);
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#take(line));
    this.exit = once(this.#child, 'close').then(([code, signal]) => {
      this.#onLine();
      return { code, signal };
    });
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first line with this event. */
  async line(event: string): Promise<Line> {
    for (;;) {
      const found = this.lines.find((line) => line.event === event);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null)
        throw new Error(`ended: ${JSON.stringify(this.lines)} ${this.stderr}`);
      await new Promise<void>((done) => {
        this.#onLine = done;
      });
    }
  }

  async url(): Promise<string> {
    await this.line('welcome');
    return String((await this.line('listening')).url);
  }

  /** Resolves once requests are being worked on. */
  async busy(): Promise<void> {
    const url = await this.url();
    for (;;) {
      const text = await (await fetch(`${url}/metrics`)).text();
      if (/^switchyard_requests_in_flight [1-9]/m.test(text)) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exit;
  }

  #take(text: string): void {
    try {
      this.lines.push(JSON.parse(text));
    } catch {
      this.oddLines.push(text);
    }
    this.#onLine();
  }
}
