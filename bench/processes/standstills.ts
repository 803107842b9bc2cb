import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { canPin, pinToCore } from './pin-to-core.ts';

/** Milliseconds since the epoch. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Shorter ones are within what timers and garbage collection take. */
const LEAST_MS = 8;
const REAL_TIME = ['chrt', '--fifo', '50'];

/**
 * Tells when all cores of the machine stood still at once, as those of a virtual machine do that has used up what its host
 * allows it for a period: nothing that runs inside it can be held to account for that. One process of the highest
 * priority on each core looks at the clock every millisecond.
 */
export class StandstillWatch {
  readonly #cores: readonly ChildProcess[];
  readonly #gaps: Interval[][];

  private constructor() {
    const cores = Array.from({ length: availableParallelism() }, (_, core) => core);
    this.#gaps = cores.map(() => []);
    this.#cores = cores.map((core) => this.#watch(core));
  }

  /** `null` where processes cannot be pinned or given real-time priority: standstills then cannot be told from waiting. */
  static start(): StandstillWatch | null {
    const [command = '', ...options] = REAL_TIME;
    return canPin && spawnSync(command, [...options, 'true']).status === 0 ? new StandstillWatch() : null;
  }

  /** The standstills since the last call, in order. */
  take(): readonly Interval[] {
    const [first = [], ...others] = this.#gaps.map((gaps) => gaps.splice(0));
    return others.reduce<readonly Interval[]>(overlaps, first).filter(({ from, to }) => to - from > LEAST_MS);
  }

  stop(): void {
    for (const child of this.#cores) child.stdin?.end();
  }

  #watch(core: number): ChildProcess {
    const script = join(import.meta.dirname, 'watch-core.ts');
    const [file, ...parameters] = pinToCore(core, [...REAL_TIME, process.execPath, script, String(LEAST_MS)]);
    const child = spawn(file, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [from = 0, to = 0] = line.split(' ').map(Number);
      this.#gaps[core]?.push({ from, to });
    });
    return child;
  }
}

function overlaps(left: readonly Interval[], right: readonly Interval[]): readonly Interval[] {
  return left.flatMap((one) =>
    right
      .map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }))
      .filter(({ from, to }) => to > from),
  );
}
