import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { sigmoid } from '../scores.ts';
import { pairsOf } from './pair-decisions.ts';

/** libsvm keeps the probability of a pair away from certainty by this much. */
const MIN_PROBABILITY = 1e-7;
const MIN_ROUNDS = 100;
/** Each class is some nodes of the iteration, and each row a matrix of all classes. */
const MAX_CLASSES = 100;

/**
 * `[rows, classes]`: libsvm's probabilities. Each pair's decision becomes a probability by a sigmoid, and those are coupled
 * by an iteration (Wu, Lin and Weng 2004, second method) that stops well before it converges, at an error of 0.005 /
 * classes: what it says then is the answer, so that it is run here round for round (`multiclass_probability` in svm.cpp).
 *
 * @param decisions `[rows, pairs]` of libsvm.
 */
export function coupledProbabilities(
  graph: GraphBuilder,
  estimator: Stored,
  decisions: GraphValue,
  classes: number,
): GraphValue {
  if (classes > MAX_CLASSES) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} has probabilities of ${classes} classes, and those of at most ${MAX_CLASSES} are converted; fit it without probability=True, or ${EXPORT_INSTEAD}`,
    );
  }
  const pairs = pairsOf(classes);
  const slopes = estimator.get('_probA').numbersOfShape(pairs.length).values;
  const offsets = estimator.get('_probB').numbersOfShape(pairs.length).values;
  const line = graph.op('Add', graph.op('Mul', decisions, graph.reals(slopes)), graph.reals(offsets));
  const first = graph.op(
    'Clip',
    sigmoid(graph, graph.op('Neg', line)),
    graph.real(MIN_PROBABILITY),
    graph.real(1 - MIN_PROBABILITY),
  );
  return iterated(graph, couplingMatrix(graph, first, classes), classes);
}

/** Q of the method, `[rows, classes, classes]`. */
function couplingMatrix(graph: GraphBuilder, first: GraphValue, classes: number): GraphValue {
  const pairs = pairsOf(classes);
  // r[i][j] beside r[j][i], and where each stands: [rows, 2 · pairs].
  const both = concat(graph, [first, graph.op('Sub', graph.real(1), first)]);
  const zero = 2 * pairs.length;
  const padded = concat(graph, [both, graph.op('Mul', column(graph, first, 0), graph.real(0))]);
  const place = new Int32Array(classes * classes).fill(zero);
  for (const [pair, [i, j]] of pairs.entries()) {
    place[i * classes + j] = pair;
    place[j * classes + i] = pairs.length + pair;
  }
  const r = squareOf(graph, padded, place, classes);
  const across = graph.node('Transpose', [r], { attributes: { perm: { integers: [0, 2, 1] } } });
  // Q[t][j] = −r[j][t] · r[t][j] for t ≠ j, and Q[t][t] = Σ r[j][t]².
  const mixed = graph.op('Neg', graph.op('Mul', across, r));
  const own = graph.op('ReduceSumSquare', across, graph.int64s([2]));
  const diagonal = Float64Array.from({ length: classes * classes }, (_, at) =>
    Math.floor(at / classes) === at % classes ? 1 : 0,
  );
  return graph.op('Add', mixed, graph.op('Mul', own, graph.reals(diagonal, [classes, classes])));
}

/** Rounds of the coupling, each row until its own error is small enough. */
function iterated(graph: GraphBuilder, q: GraphValue, classes: number): GraphValue {
  const real = graph.precision;
  const start = graph.op(
    'Expand',
    graph.real(1 / classes),
    graph.op('Slice', graph.op('Shape', q), graph.int64s([0]), graph.int64s([2])),
  );
  const info = [
    { type: real, shape: [-1, classes] },
    { type: 'bool', shape: [-1, 1] },
  ] as const;
  const active = graph.op('Less', column(graph, start, 0), graph.real(2));
  const body = graph.body(
    [{ type: 'int64', shape: [] }, { type: 'bool', shape: [] }, ...info],
    [{ type: 'bool', shape: [] }, ...info],
    ([, , p, isActive]) => round(graph, q, p as GraphValue, isActive as GraphValue, classes),
  );
  const [probabilities] = graph.nodeOf(
    'Loop',
    [graph.int64s([Math.max(MIN_ROUNDS, classes)], []), graph.bools([true], []), start, active],
    2,
    { body },
  );
  return probabilities as GraphValue;
}

/** Whether any row goes on, the probabilities, and which rows go on. */
function round(
  graph: GraphBuilder,
  q: GraphValue,
  before: GraphValue,
  wasActive: GraphValue,
  classes: number,
): readonly GraphValue[] {
  const last = graph.int64s([2]);
  const terms = graph.op('Mul', q, graph.op('Unsqueeze', before, graph.int64s([1])));
  let products = graph.node('ReduceSum', [terms, last], { attributes: { keepdims: { integer: 0 } } });
  let weighted = graph.op('ReduceSum', graph.op('Mul', before, products), graph.int64s([1]));
  const error = graph.op(
    'ReduceMax',
    graph.op('Abs', graph.op('Sub', products, weighted)),
    graph.int64s([1]),
  );
  const isOff = graph.op('GreaterOrEqual', error, graph.real(0.005 / classes));
  const isActive = graph.op('And', wasActive, isOff);
  let p = before;
  for (let t = 0; t < classes; t += 1) {
    const own = graph.node('Gather', [q, graph.int64s([t], [])], { attributes: { axis: { integer: 1 } } });
    const diagonal = column(graph, own, t);
    const product = column(graph, products, t);
    const step = graph.op('Div', graph.op('Sub', weighted, product), diagonal);
    const scale = graph.op('Add', graph.real(1), step);
    const gain = graph.op(
      'Mul',
      step,
      graph.op('Add', graph.op('Mul', step, diagonal), graph.op('Add', product, product)),
    );
    weighted = graph.op('Div', graph.op('Div', graph.op('Add', weighted, gain), scale), scale);
    products = graph.op('Div', graph.op('Add', products, graph.op('Mul', step, own)), scale);
    const unit = Float64Array.from({ length: classes }, (_, at) => (at === t ? 1 : 0));
    p = graph.op('Div', graph.op('Add', p, graph.op('Mul', step, graph.reals(unit))), scale);
  }
  const after = graph.op('Where', isActive, p, before);
  const any = graph.node('ReduceMax', [graph.cast(isActive, 'int64')], {
    attributes: { keepdims: { integer: 0 } },
  });
  return [graph.cast(any, 'bool'), after, isActive];
}

function squareOf(graph: GraphBuilder, values: GraphValue, place: Int32Array, classes: number): GraphValue {
  return graph.node('Gather', [values, graph.int64s(Array.from(place), [classes, classes])], {
    attributes: { axis: { integer: 1 } },
  });
}

/** `[rows, columns]` → `[rows, 1]`. */
function column(graph: GraphBuilder, values: GraphValue, at: number): GraphValue {
  return graph.node('Gather', [values, graph.int64s([at])], { attributes: { axis: { integer: 1 } } });
}

function concat(graph: GraphBuilder, parts: readonly GraphValue[]): GraphValue {
  return graph.node('Concat', parts, { attributes: { axis: { integer: 1 } } });
}
