import {
  BOOL,
  FLOAT,
  graph,
  INT64,
  mapsInfo,
  model,
  node,
  STRING,
  tensor,
  tensorInfo,
  zipMap,
} from './onnx-builder.ts';

/**
 * Small ONNX models, good and bad ones, as the bytes of a `model.onnx`. Where nothing else is said each has one input
 * `X: float32 [rows, 4]` and one output `variable: float32 [rows, 1]`.
 */

const COLUMNS = 4;
const ML_OPSETS = { '': 17, 'ai.onnx.ml': 3 };

/** The sum of each row plus `bias`: `[rows, columns]` → `[rows, 1]`. */
export function addGraph({ columns = COLUMNS, bias = 0 } = {}): Uint8Array {
  return regressor([sumNode('X', 'sum'), addNode('sum', 'variable')], [float('bias', bias)], columns);
}

/**
 * A classifier as skl2onnx writes it by default: outputs `output_label` (int64 `[rows]`) and, by a ZipMap,
 * `output_probability`. It always answers `labels[favourite]`, with a probability above 0.9.
 */
export function classifierGraph({
  columns = COLUMNS,
  labels = [0, 1, 2],
  favourite = 0,
}: {
  columns?: number;
  labels?: readonly number[];
  favourite?: number;
} = {}): Uint8Array {
  const count = labels.length;
  const scores = new Float32Array(count).map((_, label) => (label === favourite ? 5 + count : 0));
  const nodes = [
    node('MatMul', { inputs: ['X', 'zeros'], outputs: ['nothing'] }),
    node('Add', { inputs: ['nothing', 'scores'], outputs: ['logits'] }),
    node('Softmax', { inputs: ['logits'], outputs: ['probabilities'], attributes: { axis: { integer: 1 } } }),
    node('ArgMax', {
      inputs: ['probabilities'],
      outputs: ['best'],
      attributes: { axis: { integer: 1 }, keepdims: { integer: 0 } },
    }),
    node('Gather', { inputs: ['classes', 'best'], outputs: ['label'] }),
    node('Cast', { inputs: ['label'], outputs: ['output_label'], attributes: { to: { integer: INT64 } } }),
    zipMap('probabilities', 'output_probability', labels),
  ];
  const initializers = [
    tensor('zeros', FLOAT, [columns, count], new Float32Array(columns * count)),
    tensor('scores', FLOAT, [count], scores),
    integers('classes', labels),
  ];
  const outputs = [tensorInfo('output_label', INT64, [-1]), mapsInfo('output_probability')];
  const inputs = [tensorInfo('X', FLOAT, [-1, columns])];
  return model(graph('classifier', { nodes, inputs, outputs, initializers }), ML_OPSETS);
}

/** Loads, and never ends a run. */
export function loopForeverGraph(): Uint8Array {
  return looping([node('Identity', { inputs: ['state'], outputs: ['next'] })], null);
}

/** Each run takes about `ms` on one core of a server of the 2020s; within a factor of three elsewhere. */
export function slowGraph(ms: number): Uint8Array {
  const matrixProduct = node('MatMul', { inputs: ['state', 'identity'], outputs: ['next'] });
  return looping([matrixProduct], Math.max(1, Math.round(ms * PRODUCTS_PER_MS)));
}

/**
 * Kills the process that loads it, by SIGSEGV: onnxruntime (seen in onnxruntime-node 1.30.0 on Linux) walks down a
 * tree recursively, and this one is as deep as it has nodes.
 */
export function crashingGraph(): Uint8Array {
  const count = 50_000;
  const leaves = [count - 2, count - 1];
  const each = (value: (id: number) => number) =>
    Array.from({ length: count }, (_, id) => (leaves.includes(id) ? 0 : value(id)));
  const tree = node('TreeEnsembleRegressor', {
    inputs: ['X'],
    outputs: ['variable'],
    domain: 'ai.onnx.ml',
    attributes: {
      n_targets: { integer: 1 },
      nodes_treeids: { integers: each(() => 0) },
      nodes_nodeids: { integers: Array.from({ length: count }, (_, id) => id) },
      nodes_featureids: { integers: each(() => 0) },
      nodes_values: { floats: each(() => 1) },
      nodes_modes: {
        texts: Array.from({ length: count }, (_, id) => (leaves.includes(id) ? 'LEAF' : 'BRANCH_LEQ')),
      },
      nodes_truenodeids: { integers: each(() => count - 1) },
      nodes_falsenodeids: { integers: each((id) => id + 1) },
      target_treeids: { integers: [0, 0] },
      target_nodeids: { integers: leaves },
      target_ids: { integers: [0, 0] },
      target_weights: { floats: [1, 2] },
    },
  });
  return regressor([tree], [], COLUMNS, ML_OPSETS);
}

/**
 * Passes every trial, and kills the process (on x64 by SIGFPE) that runs a row with `DEADLY_VALUE` in it: onnxruntime
 * (seen in 1.30.0) divides the least 64-bit integer by -1.
 */
export function crashingOnValueGraph(): Uint8Array {
  const nodes = [
    node('Cast', { inputs: ['X'], outputs: ['whole'], attributes: { to: { integer: INT64 } } }),
    node('Sub', { inputs: ['whole', 'afterDeadly'], outputs: ['divisor'] }),
    node('Div', { inputs: ['least', 'divisor'], outputs: ['quotient'] }),
    node('Cast', { inputs: ['quotient'], outputs: ['real'], attributes: { to: { integer: FLOAT } } }),
    node('Mul', { inputs: ['real', 'zero'], outputs: ['nothing'] }),
    node('Add', { inputs: ['X', 'nothing'], outputs: ['same'] }),
    sumNode('same', 'variable'),
  ];
  return regressor(nodes, [
    integers('afterDeadly', [DEADLY_VALUE + 1]),
    tensor('least', INT64, [1], new BigInt64Array([-(2n ** 63n)])),
    float('zero', 0),
  ]);
}

/** See `crashingOnValueGraph`. */
export const DEADLY_VALUE = 665;

/** One output `texts: string [rows, width]`, where `width` is the largest value of the input, at least 1. */
export function manyTextsGraph(): Uint8Array {
  const nodes = [
    node('ReduceMax', { inputs: ['X'], outputs: ['largest'], attributes: { keepdims: { integer: 0 } } }),
    node('Cast', { inputs: ['largest'], outputs: ['whole'], attributes: { to: { integer: INT64 } } }),
    node('Max', { inputs: ['whole', 'one'], outputs: ['width'] }),
    node('Concat', { inputs: ['one', 'width'], outputs: ['shape'], attributes: { axis: { integer: 0 } } }),
    sumNode('X', 'sum'),
    node('Cast', { inputs: ['sum'], outputs: ['text'], attributes: { to: { integer: STRING } } }),
    node('Expand', { inputs: ['text', 'shape'], outputs: ['texts'] }),
  ];
  const inputs = [tensorInfo('X', FLOAT, [-1, COLUMNS])];
  const outputs = [tensorInfo('texts', STRING, [-1, -1])];
  const initializers = [integers('axes', [1]), integers('one', [1])];
  return model(graph('texts', { nodes, inputs, outputs, initializers }));
}

/** Wants a version of the operators that no runtime has. onnxruntime refuses it with a message. */
export function unsupportedOpsetGraph(): Uint8Array {
  return regressor([sumNode('X', 'variable')], [], COLUMNS, { '': 9999 });
}

/** Loads, and fills `bytes` of memory (rounded to 4 KiB) when run, however many rows there are. */
export function hugeMemoryGraph({ bytes = 16 * 1024 ** 3 } = {}): Uint8Array {
  const rows = Math.max(1, Math.round(bytes / 4096));
  const nodes = [
    sumNode('X', 'sum'),
    // Depends on the input, or the runtime would fill the memory when it loads the graph.
    node('Shape', { inputs: ['X'], outputs: ['shape'], attributes: { end: { integer: 1 } } }),
    node('Min', { inputs: ['shape', 'one'], outputs: ['oneOrNone'] }),
    node('Mul', { inputs: ['oneOrNone', 'size'], outputs: ['dims'] }),
    node('ConstantOfShape', { inputs: ['dims'], outputs: ['filled'] }),
    node('ReduceSum', { inputs: ['filled'], outputs: ['zero'], attributes: { keepdims: { integer: 0 } } }),
    node('Add', { inputs: ['sum', 'zero'], outputs: ['variable'] }),
  ];
  return regressor(nodes, [integers('one', [1]), integers('size', [rows, 1024])]);
}

/** Products of two 64×64 matrices, loop included, as measured on the slowest machine at hand. */
const PRODUCTS_PER_MS = 60;
const SIDE = 64;

/** Runs `body` (value `state` → value `next`, both `[SIDE, SIDE]`) `times` times, or for ever. */
function looping(body: readonly Uint8Array[], times: number | null): Uint8Array {
  const matrix = [SIDE, SIDE];
  const identity = new Float32Array(SIDE * SIDE).map((_, at) => (at % (SIDE + 1) === 0 ? 1 : 0));
  const loopBody = graph('body', {
    nodes: [...body, node('Identity', { inputs: ['goOn'], outputs: ['goOnStill'] })],
    inputs: [tensorInfo('step', INT64, []), tensorInfo('goOn', BOOL, []), tensorInfo('state', FLOAT, matrix)],
    outputs: [tensorInfo('goOnStill', BOOL, []), tensorInfo('next', FLOAT, matrix)],
  });
  const nodes = [
    sumNode('X', 'sum'),
    // Depends on the input, or the runtime would run the loop when it loads the graph.
    node('ReduceSum', { inputs: ['X'], outputs: ['total'], attributes: { keepdims: { integer: 0 } } }),
    node('Mul', { inputs: ['total', 'zero'], outputs: ['nothing'] }),
    node('Add', { inputs: ['identity', 'nothing'], outputs: ['start'] }),
    node('Loop', {
      inputs: [times === null ? '' : 'times', 'true', 'start'],
      outputs: ['end'],
      attributes: { body: { graph: loopBody } },
    }),
    node('Mul', { inputs: ['end', 'zero'], outputs: ['zeros'] }),
    node('ReduceSum', { inputs: ['zeros'], outputs: ['bias'], attributes: { keepdims: { integer: 0 } } }),
    addNode('sum', 'variable'),
  ];
  const initializers = [
    tensor('identity', FLOAT, matrix, identity),
    tensor('zero', FLOAT, [], new Float32Array(1)),
    tensor('true', BOOL, [], new Uint8Array([1])),
    tensor('times', INT64, [], new BigInt64Array([BigInt(times ?? 0)])),
  ];
  return regressor(nodes, initializers);
}

/** A model `X: [rows, columns]` → `variable: [rows, 1]`. The initializer `axes` is [1]. */
function regressor(
  nodes: readonly Uint8Array[],
  initializers: readonly Uint8Array[],
  columns = COLUMNS,
  opsets: Readonly<Record<string, number>> = { '': 17 },
): Uint8Array {
  const inputs = [tensorInfo('X', FLOAT, [-1, columns])];
  const outputs = [tensorInfo('variable', FLOAT, [-1, 1])];
  return model(
    graph('regressor', { nodes, inputs, outputs, initializers: [integers('axes', [1]), ...initializers] }),
    opsets,
  );
}

function sumNode(input: string, output: string): Uint8Array {
  return node('ReduceSum', {
    inputs: [input, 'axes'],
    outputs: [output],
    attributes: { keepdims: { integer: 1 } },
  });
}

function addNode(input: string, output: string): Uint8Array {
  return node('Add', { inputs: [input, 'bias'], outputs: [output] });
}

function float(name: string, value: number): Uint8Array {
  return tensor(name, FLOAT, [1], new Float32Array([value]));
}

function integers(name: string, values: readonly number[]): Uint8Array {
  return tensor(name, INT64, [values.length], BigInt64Array.from(values, BigInt));
}
