import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultCacheDirectory } from './cache-directory.ts';
import { CAPACITY, LOADS, type Load, ONE_CONNECTION } from './load/loads.ts';
import { MODEL_NAMES } from './models/prepare-models.ts';
import { CHECKOUT } from './servers.ts';
import type { Target } from './targets/target.ts';
import { TARGETS } from './targets/targets.ts';

export interface BenchOptions {
  readonly targets: readonly Target[];
  readonly models: readonly string[];
  readonly loads: readonly Load[];
  /** Of the models after the first. */
  readonly otherLoads: readonly Load[];
  readonly rounds: number;
  readonly secondsPerRound: number;
  /** Measured starts of each target. */
  readonly starts: number;
  /** The gateway's entry in the checkout. */
  readonly entry: string;
  readonly cacheDirectory: string;
  /** Where the results are written; null: nowhere. */
  readonly resultsDirectory: string | null;
}

export const USAGE = `npm run bench [-- OPTIONS]
  --quick              a smoke run of about a minute: one model, short rounds; writes results only where --results says
  --targets a,b        of: ${TARGETS.map(({ name }) => name).join(', ')}
  --models a,b         of: ${MODEL_NAMES.join(', ')}
  --loads a,b          of: ${LOADS.map(({ name }) => name).join(', ')} (of every model; by default the first has all, the others ${CAPACITY})
  --rounds N           5 by default
  --seconds S          of one measurement, 0.8 by default; slow servers are measured longer
  --starts N           measured starts of each target, 3 by default
  --entry FILE         the gateway: dist/main.js (default; built first) or src/main.ts
  --cache DIRECTORY    of Python environments and models
  --results DIRECTORY  bench/results by default`;

/** @returns null if only the usage is wanted. @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      targets: text,
      models: text,
      loads: text,
      rounds: text,
      seconds: text,
      starts: text,
      entry: text,
      cache: text,
      results: text,
    },
  });
  if (values.help) return null;
  const { quick } = values;
  const pick = (names: readonly string[]) => LOADS.filter(({ name }) => names.includes(name));
  const allLoads = quick ? pick([ONE_CONNECTION, CAPACITY]) : LOADS;
  const loads = values.loads === undefined ? null : choose('loads', values.loads, LOADS, ({ name }) => name);
  return {
    targets: choose('targets', values.targets, TARGETS, ({ name }) => name),
    models: choose('models', values.models ?? (quick ? 'iris' : undefined), MODEL_NAMES, (name) => name),
    loads: loads ?? allLoads,
    otherLoads: loads ?? pick([CAPACITY]),
    rounds: positive('rounds', values.rounds, quick ? 2 : 5),
    secondsPerRound: positive('seconds', values.seconds, quick ? 0.4 : 0.8),
    starts: positive('starts', values.starts, quick ? 1 : 3),
    entry: values.entry ?? 'dist/main.js',
    cacheDirectory: values.cache ?? defaultCacheDirectory(),
    resultsDirectory: values.results ?? (quick ? null : join(CHECKOUT, 'bench/results')),
  };
}

function choose<T>(
  option: string,
  list: string | undefined,
  known: readonly T[],
  nameOf: (one: T) => string,
): readonly T[] {
  if (list === undefined) return known;
  const wanted = list.split(',');
  const unknown = wanted.filter((name) => !known.some((one) => nameOf(one) === name));
  if (unknown.length > 0) throw new Error(`--${option} does not know ${unknown.join(', ')}`);
  return known.filter((one) => wanted.includes(nameOf(one)));
}

function positive(option: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!(value > 0)) throw new Error(`--${option} takes a number above 0`);
  return value;
}
