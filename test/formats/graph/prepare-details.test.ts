import { describe, expect, it } from 'vitest';
import { exampleRows } from '../../../src/formats/graph/example-rows.ts';
import { sessionOptionsOf } from '../../../src/formats/graph/session-options.ts';
import type { Signature } from '../../../src/model/signature.ts';
import { addGraph } from '../../fakes/hostile-models.ts';
import { FLOAT, graph, INT64, model, node, tensor, tensorInfo } from '../../fakes/onnx-builder.ts';
import { fixture, mlmodel, scratch } from '../onnx/prepared.ts';

describe('session options', () => {
  const DEFAULTS = {
    intraOpThreads: 1,
    interOpThreads: 1,
    executionMode: 'sequential',
    optimizationLevel: 'all',
  };

  it.each([undefined, null, {}, [], 'text'])('are the defaults for %j', (wanted) => {
    expect(sessionOptionsOf(wanted, 4)).toEqual({ options: DEFAULTS, notes: [] });
  });

  it('are honoured as far as the gateway allows', () => {
    const wanted = {
      intra_op_num_threads: 64,
      inter_op_num_threads: 2,
      execution_mode: 'parallel',
      graph_optimization_level: 2,
      extra_session_config: { 'session.x': '1' },
      optimized_model_filepath: null,
    };
    expect(sessionOptionsOf(wanted, 4)).toEqual({
      options: {
        intraOpThreads: 4,
        interOpThreads: 2,
        executionMode: 'parallel',
        optimizationLevel: 'extended',
      },
      notes: [
        'onnx_session_options: intra_op_num_threads is 64 and was set to 4',
        'onnx_session_options: "extra_session_config" is ignored',
      ],
    });
  });

  it('that make no sense are ignored with a note', () => {
    const { options, notes } = sessionOptionsOf(
      { execution_mode: 'fast', intra_op_num_threads: -1, graph_optimization_level: 7 },
      4,
    );
    expect(options).toEqual(DEFAULTS);
    expect(notes).toHaveLength(3);
  });

  it('reach the prepared model', async () => {
    using place = scratch({
      MLmodel: mlmodel({ options: '{intra_op_num_threads: 2, x: 1}' }),
      'model.onnx': addGraph(),
    });
    const prepared = await place.prepare();
    expect(prepared.options.intraOpThreads).toBe(2);
    expect(prepared.notes).toEqual(['onnx_session_options: "x" is ignored']);
  });
});

describe('the saved input example', () => {
  const column = (name: string | null, cellShape: readonly number[] = [], required = true) => ({
    name,
    type: 'double' as const,
    input: 0,
    offset: 0,
    cellShape,
    required,
    takesNaN: false,
  });
  const signature = (columns: Signature['columns'], more: Partial<Signature> = {}): Signature => ({
    inputs: [],
    outputs: [],
    columns,
    variableWidth: false,
    fixedRows: null,
    task: { kind: 'other' },
    source: 'mlmodel',
    ...more,
  });
  const ab = signature([column('a'), column('b')]);
  const two = signature([column(null), column(null)]);

  it.each<[string, unknown, Signature, readonly unknown[]]>([
    ['pandas split, reordered', { columns: ['b', 'x', 'a'], data: [[2, 0, 1]] }, ab, [[1, 2]]],
    ['pandas split without names', { columns: [0, 1], data: [[1, 2]] }, two, [[1, 2]]],
    [
      'an optional column left out',
      { columns: ['a'], data: [[1]] },
      signature([column('a'), column('b', [], false)]),
      [[1, null]],
    ],
    ['served split', { dataframe_split: { columns: ['a', 'b'], data: [[1, 2]] } }, ab, [[1, 2]]],
    ['served records', { dataframe_records: [{ a: 1, b: 2 }] }, ab, [{ a: 1, b: 2 }]],
    [
      'an array',
      [
        [1, 2],
        [3, 4],
      ],
      two,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['a served array', { inputs: [[1, 2]] }, two, [[1, 2]]],
    ['one row', [1, 2], two, [[1, 2]]],
    ['the values of the only column', [1, 2], signature([column('a')]), [[1], [2]]],
    [
      'arrays by name',
      { inputs: { a: [[1], [3]], b: [2, 4] } },
      ab,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['one row by name', { a: 1, b: 2 }, ab, [{ a: 1, b: 2 }]],
    ['images', [[[1, 2]], [[3, 4]]], signature([column('x', [1, 2])]), [[[[1, 2]]], [[[3, 4]]]]],
    ['rows of any width', [[1, 2, 3]], signature([], { variableWidth: true }), [[1, 2, 3]]],
    [
      'no more rows than the graph takes',
      [
        [1, 2],
        [3, 4],
      ],
      { ...two, fixedRows: 1 },
      [[1, 2]],
    ],
  ])('is read as %s', (_, value, given, wanted) => {
    expect(exampleRows(value, given)).toEqual(wanted);
  });

  it.each<[string, unknown, string]>([
    ['a missing column', { columns: ['a'], data: [[1]] }, 'it has no column "b"'],
    ['another width', [[1, 2, 3]], 'its rows do not have the columns of the signature'],
    ['nothing', [], 'it has no rows'],
    ['a number', 5, 'it is neither a table nor a list'],
    ['other names', { c: 1 }, 'it does not name the columns of the signature'],
  ])('is not used where it has %s', (_, value, reason) => {
    expect(exampleRows(value, ab)).toBe(reason);
  });

  it('comes with the model', async () => {
    using place = scratch();
    expect((await place.prepare(fixture('mlflow-regressor'))).exampleRows).toEqual([
      [5.1, 3.5, 1.4],
      [4.9, 3.0, 1.4],
    ]);
    expect((await place.prepare(fixture('mlflow-tensor'))).exampleRows).toHaveLength(2);
    expect((await place.prepare(fixture('mlflow-zipmap'))).exampleRows).toBeNull();
  });

  it('holds null where pandas wrote a bare NaN for a missing value', async () => {
    const example = 'saved_input_example_info: {artifact_path: input_example.json, type: ndarray}\n';
    const files = { MLmodel: mlmodel({}) + example, 'model.onnx': addGraph() };
    using place = scratch({ ...files, 'input_example.json': '[[NaN, "NaN \\" NaN", -Infinity, 4]]' });
    expect((await place.prepare()).exampleRows).toEqual([[null, 'NaN " NaN', null, 4]]);
  });

  it('never stops a model: the served form stands in, else there is a note', async () => {
    const example = 'saved_input_example_info: {artifact_path: input_example.json, type: ndarray}\n';
    const files = { MLmodel: mlmodel({}) + example, 'model.onnx': addGraph() };
    using served = scratch({ ...files, 'serving_input_example.json': '{"inputs": [[1, 2, 3, 4]]}' });
    expect((await served.prepare()).exampleRows).toEqual([[1, 2, 3, 4]]);
    using broken = scratch({ ...files, 'input_example.json': '[[1, ' });
    expect(await broken.prepare()).toMatchObject({
      exampleRows: null,
      notes: ['the saved input example is not used: it is no JSON'],
    });
    using outside = scratch({
      ...files,
      MLmodel: files.MLmodel.replace('input_example.json', '../secret.json'),
    });
    expect((await outside.prepare()).notes).toEqual([
      'the saved input example is not used: it lies outside of the model directory',
    ]);
  });
});

describe('the shape of a graph', () => {
  const single = (
    inputs: readonly Uint8Array[],
    outputs: readonly Uint8Array[],
    initializers: readonly Uint8Array[] = [],
  ) => {
    const nodes = [
      node('Neg', { inputs: ['X'], outputs: ['Y'] }),
      node('Shape', { inputs: ['X'], outputs: ['Z'] }),
    ];
    return { 'model.onnx': model(graph('shapes', { nodes, inputs, outputs, initializers })) };
  };

  it('may insist on a number of rows', async () => {
    using place = scratch(single([tensorInfo('X', FLOAT, [5, 2])], [tensorInfo('Y', FLOAT, [5, 2])]));
    expect((await place.prepare()).signature).toMatchObject({
      fixedRows: 5,
      task: { kind: 'regressor', output: 0 },
    });
  });

  it('does not count an initializer as an input', async () => {
    const bias = tensor('bias', FLOAT, [1], new Float32Array([1]));
    const inputs = [tensorInfo('X', FLOAT, [-1, 2]), tensorInfo('bias', FLOAT, [1])];
    using place = scratch(single(inputs, [tensorInfo('Y', FLOAT, [-1, 2])], [bias]));
    expect((await place.prepare()).signature.inputs.map(({ name }) => name)).toEqual(['X']);
  });

  it.each<[string, readonly Uint8Array[], string]>([
    ['no inputs', [], 'the graph has no inputs'],
    ['a scalar input', [tensorInfo('X', FLOAT, [])], 'input "X" of the graph is a single value'],
    ['complex numbers', [tensorInfo('X', 14, [-1, 1])], 'input "X" of the graph is of complex64'],
    [
      'two numbers of rows',
      [tensorInfo('X', FLOAT, [2, 1]), tensorInfo('W', FLOAT, [3, 1])],
      'different numbers of rows (2, 3)',
    ],
  ])('is refused with %s', async (_, inputs, message) => {
    using place = scratch(single(inputs, [tensorInfo('Y', FLOAT, [-1, 2])]));
    await expect(place.prepare()).rejects.toMatchObject({
      code: 'UNSUPPORTED_MODEL',
      message: expect.stringContaining(message),
    });
  });

  it('with an output of another kind is "other"', async () => {
    const outputs = [tensorInfo('Y', FLOAT, [-1, 2, 2]), tensorInfo('Z', INT64, [2])];
    using place = scratch(single([tensorInfo('X', FLOAT, [-1, 2, 2])], outputs));
    expect((await place.prepare()).signature.task).toEqual({ kind: 'other' });
  });
});

describe('what /invocations answers', () => {
  const both = mlmodel({}).replace('flavors:\n', 'flavors:\n  sklearn: {pickled_model: model.pkl}\n');

  it.each([
    ['records for the onnx flavour', { MLmodel: mlmodel({}) }, 'records'],
    ['predictions for both flavours', { MLmodel: both }, 'predictions'],
    ['predictions without an MLmodel', {}, 'predictions'],
  ])('is %s', async (_, files, form) => {
    using place = scratch({ ...files, 'model.onnx': addGraph() });
    expect((await place.prepare()).invocations).toBe(form);
  });
});
