import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Signature, Task } from '../../../src/model/signature.ts';
import { FLOAT, graph, INT64, mapsInfo, model, node, tensorInfo, zipMap } from '../../fakes/onnx-builder.ts';
import { expectedOf, fixture, run, scratch } from './prepared.ts';

const TOLERANCE = 1e-6;

interface Case {
  readonly task: Task;
  /** Notes, each by a piece of it. */
  readonly notes?: readonly string[];
  /** Output → its shape, where that is of interest. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  readonly takesNaN?: boolean;
}

const classifier = (
  labels: Extract<Task, { kind: 'classifier' }>['labels'],
  scores: 'probabilities' | 'other' | 'unknown',
  scoresOutput = 1,
): Task => ({ kind: 'classifier', labelOutput: 0, scoresOutput, labels, scores });

const NAMES = ['setosa', 'versi color', 'vïrginica'];
const ODD = [-7n, 5n, 300n];
const MAPPED = { output_label: [-1], output_probability: [-1, 3] };
const multiLabel: Task = { kind: 'multi-label', labelOutputs: [0] };
const regressor: Task = { kind: 'regressor', output: 0 };

/** One for each folder that `test/fixtures/onnx/make.py` makes. */
const CASES: Readonly<Record<string, Case>> = {
  'forest-map': { task: classifier([0n, 1n, 2n], 'unknown'), shapes: MAPPED },
  'text-map': { task: classifier(NAMES, 'probabilities'), shapes: MAPPED },
  'bool-map': { task: classifier([0n, 1n], 'probabilities') },
  'odd-labels-map': { task: classifier(ODD, 'unknown'), shapes: MAPPED },
  'odd-labels-off': { task: classifier(ODD, 'probabilities'), shapes: { probabilities: [-1, 3] } },
  'text-mlp-off': { task: classifier(NAMES, 'probabilities') },
  'knn-off': { task: classifier(ODD, 'unknown') },
  'bayes-map': { task: classifier(ODD, 'unknown') },
  'boosting-map': { task: classifier([0n, 1n], 'probabilities') },
  'hist-boosting-map': { task: classifier([0n, 1n, 2n], 'probabilities'), takesNaN: true },
  'svc-map': { task: classifier(ODD, 'unknown') },
  // The graph declares two scores and gives one.
  'ridge-off': { task: classifier(null, 'other'), shapes: { probabilities: [-1, 1] } },
  // The graph gives the labels as [1, rows].
  'qda-map': { task: classifier(ODD, 'unknown'), shapes: MAPPED },
  columns: {
    task: classifier(NAMES, 'probabilities', 4),
    notes: ['output "probabilities" is added'],
    shapes: { ssetosa: [-1], probabilities: [-1, 3] },
  },
  'class-labels': {
    task: classifier([0n, 1n, 2n], 'probabilities'),
    notes: ['output "class_labels" does not depend on the input'],
  },
  'double-map': { task: classifier([0n, 1n, 2n], 'unknown') },
  'imputer-map': { task: classifier([0n, 1n, 2n], 'probabilities'), takesNaN: true },
  'several-labels': { task: multiLabel, notes: ['"probabilities" is no tensor (sequence)'] },
  'several-labels-map': {
    task: multiLabel,
    notes: ['"output_probability" holds the probabilities of several'],
  },
  'several-labels-mlp-map': { task: multiLabel, shapes: { output_label: [-1, -1] } },
  regressor: { task: regressor, shapes: { variable: [-1, 1] } },
  'several-targets': { task: regressor, shapes: { variable: [-1, 2] } },
  'several-targets-forest': { task: regressor, shapes: { variable: [-1, 2] } },
  clusters: { task: classifier(null, 'unknown') },
  'table-map': { task: classifier(['no', 'yes'], 'probabilities'), takesNaN: true },
};

describe('an export of skl2onnx', () => {
  it.each(Object.entries(CASES))(
    '%s is understood, and answers as with zipmap=False',
    async (name, wanted) => {
      using place = scratch();
      const prepared = await place.prepare(fixture(name));
      const { signature } = prepared;
      expect(signature.task).toEqual(wanted.task);
      expect(prepared.notes.length).toBe(wanted.notes?.length ?? 0);
      for (const [index, note] of (wanted.notes ?? []).entries())
        expect(prepared.notes[index]).toContain(note);
      const shapes = Object.fromEntries(signature.outputs.map(({ name: output, shape }) => [output, shape]));
      expect(shapes).toMatchObject(wanted.shapes ?? {});
      expect(signature.columns.some((column) => column.takesNaN)).toBe(wanted.takesNaN ?? false);

      const expected = expectedOf(name);
      const outputs = await run(prepared, expected.inputs);
      for (const [output, { data }] of Object.entries(expected.outputs))
        expectClose(outputs.get(output)?.data, data);
      if (signature.task.kind === 'classifier' && signature.task.labels !== null) {
        expect(signature.task.labels.map(plain)).toEqual(expected.classes);
        expectLabelsOf(signature, outputs.get(signature.outputs[0]?.name ?? '')?.data);
      }
    },
  );

  it('keeps what it does not edit byte for byte', async () => {
    using place = scratch();
    const prepared = await place.prepare(fixture('forest-map'));
    const before = readFileSync(`${fixture('forest-map')}/model.onnx`, 'latin1');
    const after = readFileSync(prepared.graphPath, 'latin1');
    const forest = before.slice(before.indexOf('class_ids'), before.indexOf('nodes_values'));
    expect(forest.length).toBeGreaterThan(1000);
    expect(after).toContain(forest);
    expect(after).not.toContain('ZipMap');
  });

  it('imports the default domain for an edit where the graph did not', async () => {
    const linear = node('LinearClassifier', {
      inputs: ['X'],
      outputs: ['label', 'scores'],
      domain: 'ai.onnx.ml',
      attributes: {
        classlabels_ints: { integers: [4, 5] },
        coefficients: { floats: [1, 0, 0, 1] },
        intercepts: { floats: [0, 1] },
        post_transform: { text: 'SOFTMAX' },
      },
    });
    const parts = {
      nodes: [linear, zipMap('scores', 'output_probability', [4, 5])],
      inputs: [tensorInfo('X', FLOAT, [-1, 2])],
      outputs: [tensorInfo('label', INT64, [-1]), mapsInfo('output_probability')],
    };
    using place = scratch({ 'model.onnx': model(graph('only ml', parts), { 'ai.onnx.ml': 1 }) });
    const prepared = await place.prepare();
    const outputs = await run(prepared, { X: { type: 'float32', dims: [1, 2], data: [0, 0] } });
    expect(outputs.get('label')?.data).toEqual([5]);
    expect(outputs.get('output_probability')?.dims).toEqual([1, 2]);
  });
});

function expectClose(actual: readonly unknown[] | undefined, wanted: readonly (number | string)[]): void {
  expect(actual).toHaveLength(wanted.length);
  for (const [index, value] of wanted.entries()) {
    const got = actual?.[index];
    const number = Number(value);
    if (Number.isNaN(number)) expect(got).toBe(value);
    else
      expect(Math.abs(Number(got) - number)).toBeLessThanOrEqual(TOLERANCE * Math.max(1, Math.abs(number)));
  }
}

function expectLabelsOf({ task }: Signature, answers: readonly unknown[] | undefined): void {
  const labels = task.kind === 'classifier' ? (task.labels ?? []).map(plain) : [];
  for (const answer of answers ?? []) expect(labels).toContain(answer);
}

function plain(label: string | bigint | boolean): string | number {
  return typeof label === 'string' ? label : Number(label);
}
