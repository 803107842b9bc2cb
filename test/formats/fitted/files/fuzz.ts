import { GatewayError } from '../../../../src/errors.ts';
import { readPickle } from '../../../../src/formats/fitted/files/pickle/read-pickle.ts';
import { readSkops } from '../../../../src/formats/fitted/files/skops/read-skops.ts';
import { numbersOf } from '../../../../src/formats/fitted/values/array-elements.ts';
import { elementsIn, type NdArray } from '../../../../src/formats/fitted/values/nd-array.ts';
import type { StoredValue } from '../../../../src/formats/fitted/values/stored-value.ts';
import { damagedBytes, shuffledPickle } from './damaged-pickle.ts';
import { damagedSkops } from './damaged-skops.ts';
import { fixtureFile, VERSIONS } from './fixture-files.ts';
import { RandomNumbers } from './random-numbers.ts';

/** How many files were read and how many were refused, by code. */
export interface FuzzCounts {
  read: number;
  INVALID_MODEL: number;
  UNSUPPORTED_MODEL: number;
  slowestMs: number;
}

const MAX_MS = 2000;
const PICKLES = VERSIONS.flatMap((version) => [
  ...['pipeline', 'boosting', 'ridge', 'words'].flatMap((model) =>
    ['p2', 'p4', 'p5', 'cloudpickle'].map((protocol) => fixtureFile(`${version}/${model}.${protocol}.pkl`)),
  ),
  fixtureFile(`${version}/custom.cloudpickle.pkl`),
]);
const SKOPS = VERSIONS.flatMap((version) =>
  ['ridge', 'words', 'pipeline', 'boosting'].map((model) => fixtureFile(`${version}/${model}.skops`)),
);

/**
 * Reads damaged files made of real ones, from seed `first` on for as long as `goesOn` says, and counts what became of
 * them.
 *
 * @throws Error that names the seed where an outcome is neither a sound value nor a refusal, or takes over 2 seconds.
 */
export function fuzz(first: number, goesOn: (done: number) => boolean): FuzzCounts {
  const counts: FuzzCounts = { read: 0, INVALID_MODEL: 0, UNSUPPORTED_MODEL: 0, slowestMs: 0 };
  for (let done = 0; goesOn(done); done += 1) {
    const seed = first + done;
    const { isPickle, bytes } = damagedFile(seed);
    const start = performance.now();
    try {
      checkSound(isPickle ? readPickle(bytes) : readSkops(bytes));
      counts.read += 1;
    } catch (error) {
      const code = error instanceof GatewayError ? error.code : null;
      if (code !== 'INVALID_MODEL' && code !== 'UNSUPPORTED_MODEL') {
        throw new Error(`seed ${seed} is not refused: ${error}`, { cause: error });
      }
      counts[code] += 1;
    }
    const ms = performance.now() - start;
    counts.slowestMs = Math.max(counts.slowestMs, ms);
    if (ms > MAX_MS) throw new Error(`seed ${seed} took ${Math.round(ms)} ms`);
  }
  return counts;
}

/** The damaged file of a seed. */
export function damagedFile(seed: number): { readonly isPickle: boolean; readonly bytes: Uint8Array } {
  const random = new RandomNumbers(seed);
  const isPickle = random.below(4) > 0;
  const files = isPickle ? PICKLES : SKOPS;
  const [one, other] = [random.one(files), random.one(files)];
  if (isPickle) {
    const bytes = random.below(2) === 0 ? damagedBytes(random, one) : shuffledPickle(random, one, other);
    return { isPickle, bytes: random.below(4) === 0 ? damagedBytes(random, bytes) : bytes };
  }
  return {
    isPickle,
    bytes: random.below(4) === 0 ? damagedBytes(random, one) : damagedSkops(random, one, other),
  };
}

const KINDS = ['list', 'map', 'name', 'object', 'array', 'object-array'];

/** Whether values are what their types promise, so that nothing that works with them meets a surprise. */
function checkSound(root: StoredValue): void {
  const seen = new Set<StoredValue>();
  const pending: StoredValue[] = [root];
  while (pending.length > 0 && seen.size < 20_000) {
    const value = pending.pop();
    if (value === undefined) throw new Error('a value is missing');
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array || seen.has(value))
      continue;
    seen.add(value);
    if (!KINDS.includes(value.kind)) throw new Error(`a value is a ${value.kind}`);
    if (value.kind === 'array') checkArray(value);
    else if (value.kind === 'list') pending.push(...value.items);
    else if (value.kind === 'map') pending.push(...value.entries.keys(), ...value.entries.values());
    else if (value.kind === 'object') pending.push(...value.args, ...value.attributes.values());
    else if (value.kind === 'object-array') {
      if (value.items.length !== elementsIn(value.shape))
        throw new Error('an array has other items than its shape');
      pending.push(...value.items);
    }
  }
}

function checkArray(array: NdArray): void {
  const { dtype, shape, bytes } = array;
  if (elementsIn(shape) * dtype.itemBytes !== bytes.length)
    throw new Error('an array has other bytes than its shape');
  const fields = dtype.letter === 'record' ? dtype.fields : [{ name: undefined, dtype }];
  for (const field of fields) {
    // Large integers and texts are no doubles: a refusal of its own.
    if (field.dtype.letter === 'f' || field.dtype.itemBytes < 8) readNumbers(array, field.name);
  }
}

function readNumbers(array: NdArray, field: string | undefined): void {
  try {
    numbersOf(array, field);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
}
