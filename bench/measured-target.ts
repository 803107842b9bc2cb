import type { LoadGenerator } from './load/load-generator.ts';
import type { LoadJob, LoadResult } from './load/load-job.ts';
import { CAPACITY, type Load } from './load/loads.ts';
import type { BenchModel } from './models/bench-model.ts';
import { processTree } from './processes/process-usage.ts';
import type { Cell, MemoryFigures } from './report/run-report.ts';
import { median } from './statistics.ts';
import { type RunningTarget, renderRequests } from './targets/running-target.ts';
import type { Target } from './targets/target.ts';

const LEAD_MS = 250;

/** A slow server is measured for longer, until it can give this many answers, but at most this many times as long. */
const WANTED_ANSWERS = 64;
const LONGEST = 4;

export interface MeasuredTargetOptions {
  readonly target: Target;
  readonly model: BenchModel;
  readonly running: RunningTarget;
  readonly generator: LoadGenerator;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

type MutableCell = { -readonly [Key in keyof Cell]: Cell[Key] } & { rounds: LoadResult[] };

/** A target that runs with one model, and what its rounds measured so far. */
export class MeasuredTarget {
  readonly #options: MeasuredTargetOptions;
  readonly #idleMiB: number;
  readonly #cells = new Map<string, MutableCell>();
  #measureMs: number;

  private constructor(options: MeasuredTargetOptions) {
    this.#options = options;
    this.#measureMs = options.measureMs;
    this.#idleMiB = options.running.server.memoryMiB();
  }

  /** Checks the answers, then warms up. @throws Error if an answer is wrong */
  static async prepare(options: MeasuredTargetOptions): Promise<MeasuredTarget> {
    const wrong = await options.running.findWrongAnswer(options.target, options.model);
    if (wrong !== null) throw new Error(`wrong answer, ${wrong}`);
    const measured = new MeasuredTarget(options);
    const warmUp = { rows: 1, connections: 32, rate: null, leadMs: 0, measureMs: options.warmUpMs };
    const { requestsPerSecond } = await measured.#run(warmUp);
    const wantedMs = (WANTED_ANSWERS * 1000) / requestsPerSecond;
    measured.#measureMs = Math.min(Math.max(options.measureMs, wantedMs), LONGEST * options.measureMs);
    return measured;
  }

  get cells(): readonly Cell[] {
    return [...this.#cells.values()];
  }

  /** One more round; none if an earlier one made the figures void. */
  async measure(load: Load): Promise<void> {
    const cell = this.#cellOf(load);
    if (cell.voided !== null) return;
    const { rows, connections } = load;
    const round = { rows, connections, rate: cell.rate, leadMs: LEAD_MS, measureMs: this.#measureMs };
    const result = await this.#run(round);
    cell.rounds.push(result);
    cell.voided = result.failure;
  }

  memory(): MemoryFigures {
    const { target, running } = this.#options;
    return {
      target: target.name,
      idleMiB: this.#idleMiB,
      afterLoadMiB: running.server.memoryMiB(),
      processes: processTree(running.server.pid).length,
    };
  }

  #run(job: Omit<LoadJob, 'port' | 'requests' | 'serverPid'> & { rows: number }): Promise<LoadResult> {
    const { target, model, running, generator } = this.#options;
    const requests = renderRequests(target, model, job.rows);
    return generator.run({ ...job, requests, port: running.port, serverPid: running.server.pid });
  }

  #cellOf(load: Load): MutableCell {
    const known = this.#cells.get(load.name);
    if (known !== undefined) return known;
    const { model, target } = this.#options;
    const rate = load.shareOfCapacity === null ? null : load.shareOfCapacity * this.#capacity();
    const voided = Number.isNaN(rate) ? 'its capacity was not measured' : null;
    const cell = { model: model.name, load: load.name, target: target.name, rate, rounds: [], voided };
    this.#cells.set(load.name, cell);
    return cell;
  }

  /** Requests a second; NaN if that was not measured, or is void. */
  #capacity(): number {
    const cell = this.#cells.get(CAPACITY);
    if (cell === undefined || cell.voided !== null) return Number.NaN;
    return median(cell.rounds.map(({ requestsPerSecond }) => requestsPerSecond));
  }
}
