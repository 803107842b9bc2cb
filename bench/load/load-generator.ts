import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { LOAD_CORE, pinToCore } from '../processes/pin-to-core.ts';
import type { LoadJob, LoadResult } from './load-job.ts';

/** The process that makes the load, on a core of its own. */
export class LoadGenerator {
  readonly #child: ChildProcess;

  constructor() {
    const [file, ...parameters] = pinToCore(LOAD_CORE, [
      process.execPath,
      join(import.meta.dirname, 'generator.ts'),
    ]);
    this.#child = spawn(file, parameters, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
  }

  /** One job at a time. @throws Error if the process ends instead of answering */
  async run(job: LoadJob): Promise<LoadResult> {
    const done = new AbortController();
    const { signal } = done;
    try {
      const answer = once(this.#child, 'message', { signal });
      const end = once(this.#child, 'exit', { signal }).then(() => {
        throw new Error('the load generator ended');
      });
      answer.catch(() => {}); // both are aborted in the end
      end.catch(() => {});
      this.#child.send(job);
      const [result] = (await Promise.race([answer, end])) as [LoadResult];
      return result;
    } finally {
      done.abort();
    }
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exit;
  }
}

/** A whole HTTP request as it goes over the wire. */
export function renderRequest(path: string, body: string | Uint8Array, contentType: string): Buffer {
  const bytes = Buffer.from(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'accept: */*',
    `content-type: ${contentType}`,
    `content-length: ${bytes.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]);
}
