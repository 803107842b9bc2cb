import { describe, expect, it } from 'vitest';
import type { TrialReport } from '../../src/engine/engine.ts';
import { GatewayError } from '../../src/errors.ts';
import type { ConversionReport, PreparedModel } from '../../src/formats/model-format.ts';
import {
  applyVerdict,
  exampleRow,
  graphOf,
  tryVersion,
  type Verdict,
  warmUpRow,
} from '../../src/lifecycle/gate.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { type FakeTrial, FakeTrialRunner } from '../fakes/fake-trial-runner.ts';
import { CLASSIFIER, preparedOf } from './prepared-models.ts';
import { signatureOf } from './signatures.ts';

const { signal } = new AbortController();
type Outcome = TrialReport['runs'][number];

/** Tries a prepared model; `answer` says what comes of each of the runs. */
async function judge(
  prepared: PreparedModel,
  answer: (inputs: readonly Tensor[], run: number) => Outcome,
  report: Partial<TrialReport> = {},
): Promise<Verdict> {
  const trials = new FakeTrialRunner();
  const verdict = tryVersion(prepared, trials, 1_000, signal);
  verdict.catch(() => {}); // asserted by the test
  (await trials.nextTrial()).resolve({
    runs: trials.trials[0]!.runs.map(({ inputs }, run) => answer(inputs, run)),
    ...report,
  });
  return verdict;
}

async function trialOf(prepared: PreparedModel): Promise<FakeTrial> {
  const trials = new FakeTrialRunner({ holdsTrials: false });
  await tryVersion(prepared, trials, 1_000, signal);
  return trials.trials[0]!;
}

const rowsOf = (inputs: readonly Tensor[]) => inputs[0]!.dims[0]!;
const valuesOf = (inputs: readonly Tensor[]) => Array.from(inputs[0]!.data as ArrayLike<unknown>);
const float32 = (dims: readonly number[], ...values: number[]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});
const failed: Outcome = { error: 'index out of range' };
/** One number a row, made of the row's values. */
const regress =
  (make: (row: readonly number[]) => number) =>
  (inputs: readonly Tensor[]): Outcome => {
    const [{ data, dims }] = inputs as [Tensor];
    const values = Array.from({ length: rowsOf(inputs) }, (_, row) => {
      const width = data.length / dims[0]!;
      return make(Array.from(data.slice(row * width, (row + 1) * width), Number));
    });
    return { outputs: [float32([values.length, 1], ...values)] };
  };
const sum = regress((row) => row.reduce((left, right) => left + right, 0));

describe('tryVersion', () => {
  it('runs the saved example, one row of it, two of them, and NaN in each column that may take it', async () => {
    const { graph, runs, timeoutMs } = await trialOf(
      preparedOf({
        exampleRows: [
          [1, 2],
          [3, 4],
        ],
      }),
    );
    expect(graph).toEqual(graphOf(preparedOf()));
    expect(timeoutMs).toBe(1_000);
    expect(runs.map(({ inputs }) => valuesOf(inputs))).toEqual([
      [1, 2],
      [1, 2, 3, 4],
      [1, 2, 1, 2],
      [Number.NaN, 2, 1, Number.NaN],
    ]);
  });

  describe('of a graph that was made here', () => {
    const conversion: ConversionReport = {
      sourceFormat: 'skops',
      library: 'sklearn',
      libraryVersion: '1.9.1',
      converterVersion: '1',
      estimator: 'Ridge',
      conversionMs: 1,
      fromCache: false,
      graphBytes: 1,
      precision: 'double',
      tolerance: 1e-12,
      refusesValues: false,
    };
    const converted = preparedOf({ conversion, exampleRows: [[1, 2]] });
    const answering = (value: number) => regress(() => value);

    it('refuses no number on the saved example', async () => {
      await expect(judge(converted, sum)).resolves.toBeDefined();
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        await expect(judge(converted, answering(value))).rejects.toMatchObject({
          code: 'UNSUPPORTED_MODEL',
          message: expect.stringContaining(
            'on the model\'s own saved input example output "y" holds what is no number',
          ),
        });
      }
    });

    it('lets rows of a graph that refuses values run by themselves', async () => {
      expect((await judge(converted, sum)).canShareBatches).toBe(true);
      const refusing = preparedOf({ conversion: { ...conversion, refusesValues: true } });
      expect((await judge(refusing, sum)).canShareBatches).toBe(false);
    });

    it('refuses an answer of another shape', async () => {
      const wide = (inputs: readonly Tensor[]): Outcome => ({
        outputs: [float32([rowsOf(inputs), 2], ...new Array(rowsOf(inputs) * 2).fill(1))],
      });
      await expect(judge(converted, wide)).rejects.toMatchObject({
        code: 'UNSUPPORTED_MODEL',
        message: expect.stringContaining('has the shape [1,2] instead of [1,1]'),
      });
    });

    it('takes NaN for a row with NaN, and whatever the graph of a version itself gives', async () => {
      const missing = preparedOf({ conversion, exampleRows: [[null, 2]] });
      const verdict = await judge(missing, answering(Number.NaN));
      expect(verdict.takesNaN, 'as its converter says').toEqual([true, true]);
      await expect(judge(missing, () => failed)).rejects.toThrow('fails on its own saved input example');
      const own = preparedOf({ exampleRows: [[1, 2]] });
      await expect(judge(own, answering(Number.NaN))).resolves.toBeDefined();
    });
  });

  it('runs zeros where there is no example', async () => {
    const { runs } = await trialOf(preparedOf());
    expect(runs.map(({ inputs }) => valuesOf(inputs))).toEqual([
      [0, 0],
      [0, 0, 0, 0],
      [Number.NaN, 0, 0, Number.NaN],
    ]);
  });

  it('runs at most 32 rows of an example', async () => {
    const { runs } = await trialOf(preparedOf({ exampleRows: Array.from({ length: 50 }, () => [1, 2]) }));
    expect(runs.map(({ inputs }) => rowsOf(inputs))).toEqual([1, 32, 2, 2]);
  });

  it('runs exactly as many rows as the graph insists on', async () => {
    const signature = { ...signatureOf('a', 'b'), fixedRows: 3 };
    const example = await trialOf(preparedOf({ signature, exampleRows: [1, 2, 3, 4].map(() => [1, 2]) }));
    expect(example.runs.map(({ inputs }) => rowsOf(inputs))).toEqual([3, 3]);
    const zeros = await trialOf(preparedOf({ signature }));
    expect(zeros.runs.map(({ inputs }) => rowsOf(inputs))).toEqual([3]);
  });

  it('takes over what the trial measured', async () => {
    const measured = { loadMs: 7, runMs: 0.5, memoryBytes: 42 };
    expect(await judge(preparedOf(), sum, measured)).toMatchObject({ ...measured, notes: [] });
  });

  it('does not warm up what has rows of unknown width, and says so', async () => {
    const signature = {
      ...signatureOf('a'),
      inputs: [{ name: 'x', type: 'float32', shape: [-1, -1] }],
    } as const;
    const verdict = await judge(preparedOf({ signature }), sum, { runMs: null });
    expect(verdict).toMatchObject({ runMs: null, canShareBatches: false });
    expect(verdict.notes).toEqual([expect.stringContaining('the width of its rows is not known')]);
  });

  it('passes on how the trial ended', async () => {
    const trials = new FakeTrialRunner();
    const verdict = tryVersion(preparedOf(), trials, 1_000, signal);
    const crash = new GatewayError('LOAD_CRASHED', 'SIGSEGV');
    (await trials.nextTrial()).reject(crash);
    await expect(verdict).rejects.toBe(crash);
  });
});

describe('tryVersion, judging the warm-up', () => {
  const withExample = preparedOf({
    exampleRows: [
      [1, 2],
      [3, 4],
    ],
  });

  it('refuses a model that fails on its own example', async () => {
    const verdict = judge(withExample, () => failed);
    await expect(verdict).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: 'the model fails on its own saved input example: index out of range',
    });
  });

  it('refuses a model that fails on a later row of its own example', async () => {
    const verdict = judge(withExample, (inputs, run) => (run === 1 ? failed : sum(inputs)));
    await expect(verdict).rejects.toMatchObject({ code: 'INVALID_MODEL' });
  });

  it('notes that a model takes only one row at a time, and lets nothing share its runs', async () => {
    const verdict = await judge(withExample, (inputs) => (rowsOf(inputs) > 1 ? failed : sum(inputs)));
    expect(verdict.canShareBatches).toBe(false);
    expect(verdict.notes).toEqual([expect.stringContaining('fails on two rows at once')]);
  });

  it('notes that a model without an example fails on zeros', async () => {
    const verdict = await judge(preparedOf(), () => failed, { runMs: null });
    expect(verdict).toMatchObject({ canShareBatches: false, takesNaN: [false, false] });
    expect(verdict.notes).toEqual([
      'not warmed up: the model has no input example and fails on zeros (index out of range)',
    ]);
  });

  it('notes that an example does not fit, and warms up with zeros', async () => {
    const misfit = preparedOf({ exampleRows: [['text', 2]] });
    const verdict = await judge(misfit, sum);
    expect(verdict.notes).toEqual([expect.stringContaining('does not fit the signature and is not used')]);
    expect((await trialOf(misfit)).runs[0]!.inputs).toEqual([float32([1, 2], 0, 0)]);
  });

  it.each([
    [true, 'one entry a row', sum],
    [false, 'an entry for all rows', () => ({ outputs: [float32([1], 5)] })],
  ])('says %s to sharing batches where outputs have %s', async (expected, _what, answer) => {
    expect((await judge(preparedOf(), answer)).canShareBatches).toBe(expected);
  });
});

describe('tryVersion, deciding whether scores are probabilities', () => {
  const classify =
    (...scores: number[]) =>
    (inputs: readonly Tensor[]): Outcome => {
      const rows = rowsOf(inputs);
      const all = Array.from({ length: rows }, () => scores).flat();
      const labels: Tensor = { type: 'int64', dims: [rows], data: new BigInt64Array(rows) };
      return { outputs: [labels, float32([rows, 2], ...all)] };
    };
  const classifier = preparedOf({ signature: CLASSIFIER });

  it.each([
    [true, [0.25, 0.75]],
    [true, [0.333_333_34, 0.666_666_7]],
    [true, [0, 1]],
    [false, [0.5, 0.6]],
    [false, [-0.5, 1.5]],
    [false, [Number.NaN, 1]],
    [false, [12, -3]],
  ])('says %s for %j', async (expected, scores) => {
    expect((await judge(classifier, classify(...scores))).areProbabilities).toBe(expected);
  });

  it('says no where one row of the example does not sum to 1', async () => {
    const prepared = preparedOf({
      signature: CLASSIFIER,
      exampleRows: [
        [1, 2],
        [3, 4],
      ],
    });
    const answer = (inputs: readonly Tensor[], run: number) =>
      run === 1 ? classify(0.5, 0.6)(inputs) : classify(0.5, 0.5)(inputs);
    expect((await judge(prepared, answer)).areProbabilities).toBe(false);
  });

  it('says no where nothing could be run', async () => {
    expect((await judge(classifier, () => failed)).areProbabilities).toBe(false);
  });

  it('reads half floats as the numbers that they are', async () => {
    const answer = (inputs: readonly Tensor[]): Outcome => {
      const rows = rowsOf(inputs);
      const halves = new Uint16Array(
        new Float16Array(Array.from({ length: rows }, () => [0.3, 0.7]).flat()).buffer,
      );
      const labels: Tensor = { type: 'int64', dims: [rows], data: new BigInt64Array(rows) };
      return { outputs: [labels, { type: 'float16', dims: [rows, 2], data: halves }] };
    };
    expect((await judge(classifier, answer)).areProbabilities).toBe(true);
  });

  it.each(['probabilities', 'other'] as const)('leaves what the graph itself tells: %s', async (scores) => {
    const task = { ...CLASSIFIER.task, scores } as typeof CLASSIFIER.task;
    const prepared = preparedOf({ signature: { ...CLASSIFIER, task } });
    const verdict = await judge(prepared, classify(0.5, scores === 'other' ? 0.5 : 0.6));
    expect(verdict.areProbabilities).toBe(scores === 'probabilities');
  });

  it('says nothing of what is no classifier', async () => {
    expect((await judge(preparedOf(), sum)).areProbabilities).toBeNull();
  });
});

describe('tryVersion, deciding which columns take NaN', () => {
  it('says yes only of those for which the answer stays a number', async () => {
    const ignoresA = regress(([, b]) => b!);
    expect((await judge(preparedOf(), ignoresA)).takesNaN).toEqual([true, false]);
    expect(
      (
        await judge(
          preparedOf(),
          regress(() => 1),
        )
      ).takesNaN,
    ).toEqual([true, true]);
    expect((await judge(preparedOf(), sum)).takesNaN).toEqual([false, false]);
  });

  it('says no of a column that may not be NaN by its type', async () => {
    const signature = signatureOf('a', 'b');
    const columns = signature.columns.map((column, index) => ({ ...column, takesNaN: index === 1 }));
    const prepared = preparedOf({ signature: { ...signature, columns } });
    expect(
      (
        await judge(
          prepared,
          regress(() => 1),
        )
      ).takesNaN,
    ).toEqual([false, true]);
  });

  it.each([
    [
      'the run with NaN fails',
      (inputs: readonly Tensor[], run: number) => (run === 2 ? failed : sum(inputs)),
    ],
    ['its outputs have no entry for each row', () => ({ outputs: [float32([1], 5)] })],
    [
      'the answers are half floats that are no numbers',
      (inputs: readonly Tensor[]) => {
        const rows = rowsOf(inputs);
        return { outputs: [{ type: 'float16', dims: [rows, 1], data: new Uint16Array(rows).fill(0x7e00) }] };
      },
    ],
  ] as const)('says no where %s', async (_what, answer) => {
    const verdict = await judge(preparedOf(), answer as (inputs: readonly Tensor[], run: number) => Outcome);
    expect(verdict.takesNaN).toEqual([false, false]);
  });

  it('minds neither labels nor texts, which are never NaN', async () => {
    const answer = (inputs: readonly Tensor[]): Outcome => {
      const rows = rowsOf(inputs);
      return {
        outputs: [
          { type: 'int64', dims: [rows], data: new BigInt64Array(rows) },
          { type: 'string', dims: [rows], data: new Array(rows).fill('x') },
        ],
      };
    };
    expect((await judge(preparedOf(), answer)).takesNaN).toEqual([true, true]);
  });
});

describe('applyVerdict', () => {
  const verdict: Verdict = {
    loadMs: 1,
    runMs: 1,
    memoryBytes: 1,
    areProbabilities: true,
    takesNaN: [false, true],
    canShareBatches: true,
    notes: [],
  };

  it('fills in what only a run could tell', () => {
    const applied = applyVerdict(CLASSIFIER, verdict);
    expect(applied.columns.map(({ takesNaN }) => takesNaN)).toEqual([false, true]);
    expect(applied.task).toMatchObject({ scores: 'probabilities' });
    expect(applyVerdict(CLASSIFIER, { ...verdict, areProbabilities: false }).task).toMatchObject({
      scores: 'other',
    });
  });

  it('changes no task that the graph itself tells', () => {
    const { task } = signatureOf('a', 'b');
    expect(applyVerdict(signatureOf('a', 'b'), verdict).task).toEqual(task);
  });
});

describe('warmUpRow and exampleRow', () => {
  it('are the first row of the example', () => {
    const prepared = preparedOf({ exampleRows: [{ a: 1, b: 2 }] });
    expect(warmUpRow(prepared)).toEqual([float32([1, 2], 1, 2)]);
    expect(exampleRow(prepared)).toEqual({ a: 1, b: 2 });
  });

  it.each([
    ['there is no example', null],
    ['the example is empty', []],
    ['the example does not fit', [['text', 2]]],
  ])('are zeros where %s', (_what, exampleRows) => {
    const prepared = preparedOf({ exampleRows });
    expect(warmUpRow(prepared)).toEqual([float32([1, 2], 0, 0)]);
    expect(exampleRow(prepared)).toEqual([0, 0]);
  });
});
