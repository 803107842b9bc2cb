import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURES, type RunningGateway, runGateway } from '../running-gateway.ts';

interface Expected {
  readonly inputs: { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] };
  readonly sklearn: Answers;
  readonly onnxruntime: Answers;
  /** |Δ| ≤ tolerance · max(1, |y|) against scikit-learn. */
  readonly tolerance: number;
}

interface Answers {
  readonly values?: readonly number[];
  readonly classes?: readonly (number | string)[];
  readonly labels?: readonly (number | string)[];
  readonly probabilities?: readonly (readonly number[])[];
}

type Answer = Prediction & { readonly predictions: readonly Prediction[] };

interface Prediction {
  readonly prediction: number | string;
  readonly probability?: number;
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** What the same graph may differ by between Python's onnxruntime and ours (contract section 9). */
const RUNTIME_TOLERANCE = 1e-6;
const VERSIONS = ['iris/1', 'iris/2', 'breast-cancer/1', 'diabetes/1', 'titanic-like/1', 'digits/1'];

function expectedOf(version: string): Expected {
  return JSON.parse(readFileSync(join(FIXTURES, version, 'expected.json'), 'utf8'));
}

function expectClose(actual: number | undefined, expected: number, tolerance: number): void {
  const difference = Math.abs((actual ?? Number.NaN) - expected);
  expect(difference).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
}

function expectAnswers(predictions: readonly Prediction[], answers: Answers, tolerance: number): void {
  expect(predictions).toHaveLength((answers.values ?? answers.labels)!.length);
  predictions.forEach((answer, row) => {
    if (answers.values !== undefined) {
      expect(Object.keys(answer)).toEqual(['prediction']);
      expectClose(answer.prediction as number, answers.values[row]!, tolerance);
      return;
    }
    expect(answer.prediction).toBe(answers.labels![row]);
    const probabilities = answers.probabilities![row]!;
    expectClose(answer.probability, Math.max(...probabilities), tolerance);
    if (answer.probabilities === undefined) return;
    expect(Object.keys(answer.probabilities)).toEqual(answers.classes!.map(String));
    answers.classes!.forEach((name, at) => {
      expectClose(answer.probabilities![String(name)], probabilities[at]!, tolerance);
    });
  });
}

describe.each(VERSIONS)('POST /models/{model}/predict for the fixture %s', (version) => {
  const [name, number] = version.split('/');
  const route = `/models/${name}-${number}/predict`;
  const { inputs, sklearn, onnxruntime, tolerance } = expectedOf(version);

  const ask = async (features: unknown, path = route) => {
    const response = await running.post(path, { features });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-model-name')).toBe(name);
    expect(response.headers.get('x-model-version')).toBe(number);
    return (await response.json()) as Answer;
  };

  it('answers all rows at once as onnxruntime and scikit-learn do', async () => {
    const { predictions } = await ask(inputs.rows);
    expectAnswers(predictions, onnxruntime, RUNTIME_TOLERANCE);
    expectAnswers(predictions, sklearn, tolerance);
  });

  it('answers each row alone the same', async () => {
    const predictions: Prediction[] = [];
    for (const row of inputs.rows) predictions.push(await ask(row));
    expectAnswers(predictions, onnxruntime, RUNTIME_TOLERANCE);
  });

  it('answers rows by name the same, in any order of the names', async () => {
    const rows = inputs.rows.map((row, index) => {
      const entries = inputs.columns.map((column, at) => [column, row[at]] as const);
      const start = index % entries.length;
      return Object.fromEntries([...entries.slice(start), ...entries.slice(0, start)].reverse());
    });
    const { predictions } = await ask(rows);
    expectAnswers(predictions, onnxruntime, RUNTIME_TOLERANCE);
    expectAnswers([await ask(rows[1])], pick(onnxruntime, 1), RUNTIME_TOLERANCE);
  });

  it('adds every probability when asked to', async () => {
    const { predictions } = await ask(inputs.rows, `${route}?probabilities=all`);
    const isClassifier = onnxruntime.labels !== undefined;
    expect(predictions[0]?.probabilities !== undefined).toBe(isClassifier);
    expectAnswers(predictions, onnxruntime, RUNTIME_TOLERANCE);
    expectAnswers(predictions, sklearn, tolerance);
  });
});

function pick(answers: Answers, row: number): Answers {
  return Object.fromEntries(
    Object.entries(answers).map(([key, list]) => [key, key === 'classes' ? list : [list[row]]]),
  );
}

let running: RunningGateway;

beforeAll(async () => {
  const models = VERSIONS.map((version) => `${version.replace('/', '-')}=models:/${version}`);
  running = await runGateway({ SWITCHYARD_MODELS: models.join(',') });
  await running.ready();
});

afterAll(() => running[Symbol.asyncDispose]());
