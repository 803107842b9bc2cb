import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { type Points, reducedDistances } from '../distances.ts';
import type { ProcessKernel } from './process-kernel.ts';

/** The same value for every pair of rows. */
export function constantKernel(constant: number, { count }: Points): ProcessKernel {
  return {
    size: Math.abs(constant),
    value: (graph, rows) => {
      const zero = graph.op('Mul', firstColumn(graph, rows), graph.real(0));
      return graph.op('Add', zero, graph.reals(new Float64Array(count).fill(constant)));
    },
  };
}

/** Noise of each row of its own: none between a row of a request and one of the training, be they equal. */
export function whiteKernel(points: Points): ProcessKernel {
  return constantKernel(0, points);
}

export function summed(opType: 'Add' | 'Mul', left: ProcessKernel, right: ProcessKernel): ProcessKernel {
  return {
    size: opType === 'Add' ? left.size + right.size : left.size * right.size,
    value: (graph, rows) => graph.op(opType, left.value(graph, rows), right.value(graph, rows)),
  };
}

export function raised(kernel: ProcessKernel, exponent: number): ProcessKernel {
  return {
    size: kernel.size ** exponent,
    value: (graph, rows) => graph.op('Pow', kernel.value(graph, rows), graph.real(exponent)),
  };
}

/** Distances to the points, of columns divided by `length_scale` (one, or one for each) unless `unscaled`. */
export function scaledDistances(
  stored: Stored,
  points: Points,
  kind: 'squared' | 'plain' | 'unscaled squared' | 'unscaled plain',
): (graph: GraphBuilder, rows: GraphValue) => GraphValue {
  const { values, count, width } = points;
  const scales = kind.startsWith('unscaled') ? new Float64Array(width).fill(1) : scalesOf(stored, width);
  const scaled = values.map((value, at) => value / (scales[at % width] as number));
  return (graph, rows) => {
    const own = kind.startsWith('unscaled') ? rows : graph.op('Div', rows, graph.reals(scales));
    const squares = reducedDistances(graph, own, { values: scaled, count, width }, { kind: 'euclidean' });
    return kind.endsWith('plain') ? graph.op('Sqrt', squares) : squares;
  };
}

function scalesOf(stored: Stored, width: number): Float64Array {
  const scale = stored.get('length_scale');
  const { values } = scale.numbers();
  return values.length === 1
    ? new Float64Array(width).fill(values[0] as number)
    : scale.numbersOfShape(width).values;
}

function firstColumn(graph: GraphBuilder, rows: GraphValue): GraphValue {
  return graph.node('Gather', [rows, graph.int64s([0])], { attributes: { axis: { integer: 1 } } });
}
