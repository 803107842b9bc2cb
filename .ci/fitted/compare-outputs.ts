import type { Tensor } from 'onnxruntime-node';
import { type Answers, type Cell, type ExpectedCase, numberOf } from './expected-case.ts';

/** How far a graph's answers are from the library's. */
export interface Comparison {
  /** Largest |Δ| / (1 + |y|) of all numbers. */
  worst: number;
  /** Labels that are not the library's. */
  wrongLabels: number;
  /** Among them: rows whose two best scores are closer than the tolerance. */
  ties: number;
  /** Outputs that were compared. */
  readonly outputs: string[];
}

type Outputs = Readonly<Record<string, Tensor>>;

/** @throws Error if an output is missing or has another shape. */
export function compareOutputs(outputs: Outputs, expected: ExpectedCase, tolerance: number): Comparison {
  const result: Comparison = { worst: 0, wrongLabels: 0, ties: 0, outputs: [] };
  for (const [name, tensor] of Object.entries(outputs)) {
    result.outputs.push(name);
    if (name.startsWith('label'))
      compareLabels(result, tensor, labelsFor(name, expected), expected, tolerance);
    else result.worst = Math.max(result.worst, worstOf(tensor, numbersFor(name, expected)));
  }
  return result;
}

function numbersFor(name: string, expected: ExpectedCase): Answers['values'] {
  const found =
    name === 'variable' && expected.predict !== undefined
      ? expected.predict
      : name === 'variable'
        ? expected.transform
        : name.startsWith('probabilities')
          ? expected.predict_proba
          : (expected.decision_function ?? expected.transform);
  if (found === undefined)
    throw new Error(`the library has nothing that output "${name}" could be compared with`);
  if ('values' in found) return found.values;
  return found.each[Number(name.split('_').at(-1))] as Answers['values'];
}

function labelsFor(name: string, { predict }: ExpectedCase): readonly Cell[] {
  const values = (predict as Answers).values;
  const position = name === 'label' ? null : Number(name.split('_').at(-1));
  return values.flatMap((value) =>
    Array.isArray(value) ? (position === null ? value : [value[position]]) : [value as Cell],
  );
}

function worstOf(tensor: Tensor, expected: Answers['values']): number {
  const wanted = expected.flat() as Cell[];
  const got = tensor.data as Float64Array;
  if (wanted.length !== got.length)
    throw new Error(`${got.length} numbers [${tensor.dims}] instead of ${wanted.length}`);
  let worst = 0;
  for (const [at, cell] of wanted.entries()) {
    const number = numberOf(cell);
    const answer = Number(got[at]);
    if (Object.is(number, answer) || number === answer) continue;
    const distance = Math.abs(answer - number) / (1 + Math.abs(number));
    worst = Math.max(worst, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
  }
  return worst;
}

function compareLabels(
  result: Comparison,
  tensor: Tensor,
  wanted: readonly Cell[],
  expected: ExpectedCase,
  tolerance: number,
): void {
  if (wanted.length !== tensor.data.length)
    throw new Error(`${tensor.data.length} labels instead of ${wanted.length}`);
  for (const [at, label] of wanted.entries()) {
    if (isSameLabel(tensor, at, label)) continue;
    result.wrongLabels += 1;
    if (isTie(expected, at, tolerance)) result.ties += 1;
  }
}

/** The type counts too: a text is no number. */
function isSameLabel(tensor: Tensor, at: number, label: Cell): boolean {
  const got = tensor.data[at] as unknown;
  if (tensor.type === 'bool') return typeof label === 'boolean' && Boolean(got) === label;
  if (tensor.type === 'string') return got === label;
  return typeof label === 'number' && Number(got) === label;
}

function isTie({ predict_proba, decision_function }: ExpectedCase, row: number, tolerance: number): boolean {
  const scores = [decision_function, predict_proba].flatMap((answers) =>
    answers !== undefined && 'values' in answers ? [answers.values[row]] : [],
  );
  return scores.some((score) => {
    if (score === undefined) return false;
    const sorted = (Array.isArray(score) ? score.map(numberOf) : [0, numberOf(score as Cell)]).sort(
      (a, b) => b - a,
    );
    return (sorted[0] as number) - (sorted[1] as number) < tolerance;
  });
}
