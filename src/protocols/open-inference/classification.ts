import { GatewayError } from '../../errors.ts';
import type { ClassLabel, Signature } from '../../model/signature.ts';
import { elementCount, type Tensor } from '../../model/tensor.ts';

export interface ClassificationParts {
  /** Index into `Signature.outputs`. */
  readonly output: number;
  /** The most classes of a row, at least 1. */
  readonly classes: number;
  readonly rows: number;
  readonly signature: Signature;
}

/** So few are picked in one pass; for more the whole row is sorted. */
const MOST_PICKED = 64;

/** More values than these take too long on the event loop: where some are picked, and where all are sorted. */
const MOST_SEARCHED = 2 ** 20;
const MOST_SORTED = 2 ** 15;

/**
 * The greatest values of each row of an output of numbers, greatest first, as texts `value:index`, and `value:index:label`
 * where the scores of a classifier have labels (Triton's classification extension): `[rows, min(classes, width)]`. The
 * value has six decimals, as there; NaN comes last.
 *
 * @throws GatewayError INVALID_INPUT if the output is too large for it, INFERENCE_FAILED if it has no entry for each row.
 */
export function classesOf(tensor: Tensor, parts: ClassificationParts): Tensor {
  const { output, classes, rows, signature } = parts;
  const { task } = signature;
  const labels = task.kind === 'classifier' && task.scoresOutput === output ? task.labels : null;
  const width = elementCount(tensor.dims.slice(1));
  const shown = Math.min(classes, width);
  const { length } = tensor.data;
  if (length !== rows * width) {
    throw new GatewayError('INFERENCE_FAILED', 'an output does not have one entry for each row');
  }
  if (length > (shown > MOST_PICKED ? MOST_SORTED : MOST_SEARCHED)) {
    throw new GatewayError('INVALID_INPUT', 'the output has too many values to classify; ask for its values');
  }
  const values = numbersOf(tensor);
  const data: string[] = [];
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * width, (row + 1) * width);
    for (const index of greatest(own, shown)) data.push(classText(own[index]!, index, labels));
  }
  return { type: 'string', dims: [rows, shown], data };
}

type Numbers = Float32Array | BigInt64Array | Float16Array;

function numbersOf({ type, data }: Tensor): Numbers {
  const numbers = data as Uint16Array;
  if (type !== 'float16') return data as Numbers;
  return new Float16Array(numbers.buffer as ArrayBuffer, numbers.byteOffset, numbers.length);
}

/** Indices of the `count` greatest values, greatest first; of equal ones the first. */
function greatest(values: Numbers, count: number): readonly number[] {
  const isBefore = (left: number, right: number) => {
    const [one, other] = [values[left]!, values[right]!];
    return one > other || (Number.isNaN(other) && !Number.isNaN(one));
  };
  if (count > MOST_PICKED) {
    const order = (left: number, right: number) =>
      isBefore(left, right) ? -1 : isBefore(right, left) ? 1 : left - right;
    return Array.from(values.keys()).sort(order).slice(0, count);
  }
  const best: number[] = [];
  for (let index = 0; index < values.length; index++) {
    let place = best.length;
    while (place > 0 && isBefore(index, best[place - 1]!)) place--;
    if (place >= count) continue;
    best.splice(place, 0, index);
    if (best.length > count) best.pop();
  }
  return best;
}

function classText(value: number | bigint, index: number, labels: readonly ClassLabel[] | null): string {
  const number = typeof value === 'bigint' ? String(value) : value.toFixed(6);
  const label = labels?.[index];
  return label === undefined ? `${number}:${index}` : `${number}:${index}:${label}`;
}
