import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import { transposed } from '../linear/linear-scores.ts';

/** Rows that missing values are taken from. */
export interface Donors {
  /** `[count, width]`, row-major; NaN where a value is missing. */
  readonly values: Float64Array;
  readonly count: number;
  readonly width: number;
  /** How many are averaged, at most `count`. */
  readonly neighbors: number;
  /** Whether nearer ones count more. */
  readonly isWeighted: boolean;
  /** Whether, where nearer ones do not count more, those count too that share no column with the row. */
  readonly countsApart: boolean;
}

/** What is compared with every row, made of one table: a file with several of them would be as many times as large. */
export interface DonorTables {
  /** `[width, count]`; NaN where a value is missing. */
  readonly columns: GraphValue;
  /** As `columns`, with 0 for NaN. */
  readonly given: GraphValue;
  /** 1 where a value is there, else 0. */
  readonly has: GraphValue;
  /** 0 where a value is there, else infinity. */
  readonly lack: GraphValue;
}

export function donorTables(graph: GraphBuilder, { values, count, width }: Donors): DonorTables {
  const columns = graph.reals(transposed(values, count, width), [width, count]);
  const isLacking = graph.op('IsNaN', columns);
  const zero = graph.real(0);
  return {
    columns,
    given: graph.op('Where', isLacking, zero, columns),
    has: graph.castReal(graph.op('Not', isLacking)),
    lack: graph.op('Where', isLacking, graph.real(Number.POSITIVE_INFINITY), zero),
  };
}

/** Squared distance of donors that share no column with a row: they come last, but before those that lack the column. */
function apart(graph: GraphBuilder): GraphValue {
  return graph.real(graph.precision === 'double' ? Number.MAX_VALUE : 3e38);
}

/**
 * `[rows, width]` with NaN → with the mean of the nearest donors that have the column, of equally near ones the first; of
 * all donors where no column is shared with any. A column without donors stays as it is, or becomes 0.
 */
export function imputedRows(
  graph: GraphBuilder,
  rows: GraphValue,
  donors: Donors,
  tables: DonorTables,
): GraphValue {
  const { count, width, neighbors, isWeighted, countsApart } = donors;
  const each = graph.op(
    'Add',
    graph.op('Unsqueeze', squaredDistances(graph, rows, width, tables), graph.int64s([1])),
    tables.lack,
  );
  const [squared, index] = graph.nodeOf('TopK', [each, graph.int64s([neighbors])], 2, {
    attributes: { axis: { integer: 2 }, largest: { integer: 0 }, sorted: { integer: 1 } },
  }) as [GraphValue, GraphValue];
  const isNear = graph.op('Less', squared, apart(graph));
  const starts = Float64Array.from({ length: width }, (_, column) => column * count);
  const places = graph.op('Add', index, graph.int64s(starts, [width, 1]));
  const picked = graph.op('Gather', graph.op('Reshape', tables.given, graph.int64s([-1])), places);
  const weights = isWeighted
    ? reciprocals(graph, graph.op('Sqrt', squared), isNear)
    : graph.castReal(countsApart ? graph.op('Not', graph.op('IsInf', squared)) : isNear);
  const isAlone = graph.op('Equal', summed(graph, graph.castReal(isNear)), graph.real(0));
  const total = summed(graph, weights);
  const mean = graph.op(
    'Div',
    summed(graph, graph.op('Mul', picked, weights)),
    graph.op('Where', isAlone, graph.real(1), total),
  );
  const fallback = graph.reals(columnMeans(donors), [1, width]);
  const imputed = graph.op('Where', isAlone, fallback, mean);
  return graph.op('Where', graph.op('IsNaN', rows), imputed, rows);
}

/**
 * `[rows, count]`: squared distances over the columns that both have, scaled up for the others, as scikit-learn's
 * `nan_euclidean_distances`; `apart` where they share none.
 */
function squaredDistances(
  graph: GraphBuilder,
  rows: GraphValue,
  width: number,
  { columns, has }: DonorTables,
): GraphValue {
  const differences = graph.op('Sub', graph.op('Unsqueeze', rows, graph.int64s([2])), columns);
  const isLacking = graph.op('IsNaN', differences);
  const shared = graph.op('Where', isLacking, graph.real(0), differences);
  const sum = graph.node('ReduceSumSquare', [shared, graph.int64s([1])], {
    attributes: { keepdims: { integer: 0 } },
  });
  const isThere = graph.castReal(graph.op('Not', graph.op('IsNaN', rows)));
  const both = graph.op('MatMul', isThere, has);
  const isApart = graph.op('Equal', both, graph.real(0));
  const mean = graph.op('Div', sum, graph.op('Where', isApart, graph.real(1), both));
  const scaled = graph.op('Mul', mean, graph.real(width));
  return graph.op('Where', isApart, apart(graph), scaled);
}

/** As `distanceWeights`, over the last of three dimensions. */
function reciprocals(graph: GraphBuilder, distances: GraphValue, counts: GraphValue): GraphValue {
  const isZero = graph.op('Equal', distances, graph.real(0));
  const hits = graph.castReal(isZero);
  const anyHit = graph.op('Greater', graph.op('ReduceMax', hits, graph.int64s([2])), graph.real(0));
  const safe = graph.op('Where', isZero, graph.real(1), distances);
  const inverse = graph.op('Mul', graph.op('Reciprocal', safe), graph.castReal(counts));
  return graph.op('Where', anyHit, hits, inverse);
}

/** `[rows, width, neighbours]` → `[rows, width]`. */
function summed(graph: GraphBuilder, values: GraphValue): GraphValue {
  return graph.node('ReduceSum', [values, graph.int64s([2])], { attributes: { keepdims: { integer: 0 } } });
}

/** Of the values that are there; 0 where there are none. */
function columnMeans({ values, count, width }: Donors): Float64Array {
  return Float64Array.from({ length: width }, (_, column) => {
    let [sum, present] = [0, 0];
    for (let row = 0; row < count; row += 1) {
      const value = values[row * width + column] as number;
      if (Number.isNaN(value)) continue;
      sum += value;
      present += 1;
    }
    return present === 0 ? 0 : sum / present;
  });
}
