import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { renderRequest } from '../load/load-generator.ts';
import type { BenchModel, RowAnswer } from '../models/bench-model.ts';
import { findWrongAnswer } from '../models/find-wrong-answer.ts';
import { findFreePort } from '../processes/free-port.ts';
import { pinToCore, SERVER_CORE } from '../processes/pin-to-core.ts';
import { ServerProcess } from '../processes/server-process.ts';
import type { StartContext, Target } from './target.ts';

const START_PATIENCE_MS = 120_000;
const ANSWER_PATIENCE_MS = 10_000;

/** Different bodies of many rows, which can have megabytes. */
const MANY_ROWS_BODIES = 10;

/** Rows that are asked for singly before the measurement, besides all of them at once. */
const CHECKED_SINGLY = 10;

/** A target's server with one model, started on the servers' core and seen to answer right. */
export class RunningTarget {
  readonly server: ServerProcess;
  readonly port: number;
  /** From the start of the process to its first right answer. */
  readonly firstAnswerMs: number;

  private constructor(server: ServerProcess, port: number, firstAnswerMs: number) {
    this.server = server;
    this.port = port;
    this.firstAnswerMs = firstAnswerMs;
  }

  /** @throws Error if it does not start, or its first answer is wrong */
  static async start(target: Target, context: Omit<StartContext, 'port'>): Promise<RunningTarget> {
    const port = await findFreePort();
    mkdirSync(context.scratch, { recursive: true });
    const { command, environment } = await target.start({ ...context, port });
    const server = new ServerProcess({
      command: pinToCore(SERVER_CORE, command),
      environment: environment ?? {},
      directory: context.scratch,
      logFile: join(context.scratch, 'server.log'),
    });
    try {
      const isUp = async () =>
        (await ask(target, context.model, port, context.model.rows.slice(0, 1), true)) !== null;
      const firstAnswerMs = await server.untilFirstAnswer(isUp, START_PATIENCE_MS);
      return new RunningTarget(server, port, firstAnswerMs);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Asks for all rows of the model at once, and for some one by one. @returns what is wrong, or null */
  async findWrongAnswer(target: Target, model: BenchModel): Promise<string | null> {
    if (!target.answersModel) return null;
    const answers = [...((await ask(target, model, this.port, model.rows, false)) ?? [])];
    const singly = model.rows.slice(0, CHECKED_SINGLY);
    for (const row of singly) answers.push(...((await ask(target, model, this.port, [row], true)) ?? []));
    const expected = [...model.expected, ...model.expected.slice(0, CHECKED_SINGLY)];
    return findWrongAnswer(answers, expected, model.tolerance);
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}

/** The requests of a load, with `rows` rows each; each begins with another row. */
export function renderRequests(target: Target, model: BenchModel, rows: number): readonly Uint8Array[] {
  const firsts = rows === 1 ? model.rows.keys() : Array(MANY_ROWS_BODIES).keys();
  return Array.from(firsts, (first) => {
    const { path, contentType, body } = target.ask(model, rowsFrom(model, first, rows), rows === 1);
    return renderRequest(path, body, contentType);
  });
}

function rowsFrom(model: BenchModel, first: number, count: number): (readonly number[])[] {
  return Array.from({ length: count }, (_, index) => model.rows[(first + index) % model.rows.length]!);
}

/** @returns the answers; null if there is no 200 that holds them */
async function ask(
  target: Target,
  model: BenchModel,
  port: number,
  rows: BenchModel['rows'],
  isSingle: boolean,
): Promise<readonly RowAnswer[] | null> {
  const { path, contentType, body } = target.ask(model, rows, isSingle);
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
      signal: AbortSignal.timeout(ANSWER_PATIENCE_MS),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return response.status === 200 ? target.read(bytes, isSingle) : null;
  } catch {
    return null;
  }
}
