import { join } from 'node:path';
import type { LoadGenerator } from './load/load-generator.ts';
import type { LoadResult } from './load/load-job.ts';
import { CAPACITY, type Load } from './load/loads.ts';
import type { BenchModel } from './models/bench-model.ts';
import { processTree } from './processes/process-usage.ts';
import type { Cell, MemoryFigures } from './report/run-report.ts';
import { median } from './statistics.ts';
import { RunningTarget, renderRequests } from './targets/running-target.ts';
import type { StartContext, Target } from './targets/target.ts';

const WARM_UP_MS = 1_500;
const LEAD_MS = 250;

export interface MeasureOptions {
  readonly model: BenchModel;
  readonly targets: readonly Target[];
  readonly loads: readonly Load[];
  readonly rounds: number;
  readonly measureMs: number;
  readonly generator: LoadGenerator;
  readonly context: Pick<StartContext, 'entry' | 'environments' | 'scratch'>;
  readonly tell: (line: string) => void;
}

/** One target's server and what has been measured of it so far. */
interface Subject {
  readonly target: Target;
  readonly running: RunningTarget;
  readonly idleMiB: number;
  readonly cells: Map<string, MutableCell>;
}

type MutableCell = { -readonly [Key in keyof Cell]: Cell[Key] } & { rounds: LoadResult[] };

export interface ModelFigures {
  readonly cells: readonly Cell[];
  readonly memory: readonly MemoryFigures[];
  readonly missing: readonly { readonly target: string; readonly reason: string }[];
}

/**
 * Starts every target's server with one model and measures them in turn: each round goes through all loads and all
 * targets, and begins with another target, so that what the machine does besides hits all alike.
 */
export async function measureModel(options: MeasureOptions): Promise<ModelFigures> {
  const servers = new Map<string, RunningTarget>();
  const missing: { target: string; reason: string }[] = [];
  const subjects: Subject[] = [];
  try {
    for (const target of options.targets) {
      try {
        subjects.push(await prepareSubject(target, servers, options));
      } catch (error) {
        const reason = `${options.model.name}: ${(error as Error).message}`;
        missing.push({ target: target.name, reason });
        options.tell(`${target.title} is left out, ${reason}`);
      }
    }
    const isOpen = (load: Load) => load.shareOfCapacity !== null;
    await measureRounds(
      subjects,
      options.loads.filter((load) => !isOpen(load)),
      options,
    );
    await measureRounds(subjects, options.loads.filter(isOpen), options);
    const cells = subjects.flatMap((subject) => [...subject.cells.values()]);
    return { cells, memory: subjects.map(readMemory), missing };
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

async function prepareSubject(
  target: Target,
  servers: Map<string, RunningTarget>,
  options: MeasureOptions,
): Promise<Subject> {
  const { model, context, generator } = options;
  const scratch = join(context.scratch, model.name, target.server);
  const running =
    servers.get(target.server) ?? (await RunningTarget.start(target, { ...context, model, scratch }));
  servers.set(target.server, running);
  const wrong = await running.findWrongAnswer(target, model);
  if (wrong !== null) throw new Error(`wrong answer, ${wrong}`);
  const idleMiB = running.server.memoryMiB();
  await generator.run({
    port: running.port,
    requests: renderRequests(target, model, 1),
    connections: 32,
    rate: null,
    leadMs: 0,
    measureMs: WARM_UP_MS,
    serverPid: running.server.pid,
  });
  return { target, running, idleMiB, cells: new Map() };
}

async function measureRounds(
  subjects: readonly Subject[],
  loads: readonly Load[],
  options: MeasureOptions,
): Promise<void> {
  if (loads.length === 0) return;
  for (let round = 0; round < options.rounds; round++) {
    const start = round % Math.max(1, subjects.length);
    const inTurn = [...subjects.slice(start), ...subjects.slice(0, start)];
    for (const load of loads) {
      for (const subject of inTurn) await measureOnce(subject, load, options);
    }
    const kind = loads[0]!.shareOfCapacity === null ? 'closed loops' : 'open loop';
    options.tell(`${options.model.name}, ${kind}: round ${round + 1} of ${options.rounds}`);
  }
}

async function measureOnce(subject: Subject, load: Load, options: MeasureOptions): Promise<void> {
  const cell = cellOf(subject, load, options);
  if (cell.voided !== null) return;
  const { running, target } = subject;
  const result = await options.generator.run({
    port: running.port,
    requests: renderRequests(target, options.model, load.rows),
    connections: load.connections,
    rate: cell.rate,
    leadMs: LEAD_MS,
    measureMs: options.measureMs,
    serverPid: running.server.pid,
  });
  cell.rounds.push(result);
  cell.voided = voidReason(result);
}

function voidReason({ failure, answers }: LoadResult): string | null {
  return failure ?? (answers === 0 ? 'no answer within the measured time' : null);
}

function cellOf(subject: Subject, load: Load, { model }: MeasureOptions): MutableCell {
  const known = subject.cells.get(load.name);
  if (known !== undefined) return known;
  const capacity = subject.cells.get(CAPACITY)?.rounds.map((round) => round.requestsPerSecond) ?? [];
  const rate = load.shareOfCapacity === null ? null : load.shareOfCapacity * median(capacity);
  const voided = Number.isNaN(rate) ? 'its capacity was not measured' : null;
  const cell = { model: model.name, load: load.name, target: subject.target.name, rate, rounds: [], voided };
  subject.cells.set(load.name, cell);
  return cell;
}

function readMemory({ target, running, idleMiB }: Subject): MemoryFigures {
  return {
    target: target.name,
    idleMiB,
    afterLoadMiB: running.server.memoryMiB(),
    processes: processTree(running.server.pid).length,
  };
}
