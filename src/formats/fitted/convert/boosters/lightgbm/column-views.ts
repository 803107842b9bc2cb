import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';

/**
 * How a node looks at a column: as it is; with what is nearly zero as missing; as the whole part of a number, which is the
 * category.
 */
export type View = 'plain' | 'zero-is-missing' | 'category';

/** LightGBM's `kZeroThreshold`, a float32. */
const NEARLY_ZERO = Math.fround(1e-35);

/** Columns beside those of the rows, for nodes that look at them in another way. */
export class ColumnViews {
  readonly #width: number;
  readonly #positions = new Map<string, number>();
  readonly #added: { readonly column: number; readonly view: View }[] = [];
  #comparesNearZero = false;

  constructor(width: number) {
    this.#width = width;
  }

  /** Columns of the matrix that `matrix` returns, as far as they were asked for. */
  get width(): number {
    return this.#width + this.#added.length;
  }

  /** The position of a column that is looked at in this way. @param stored names the place for messages. */
  view(column: number, view: View, stored: Stored): number {
    if (!Number.isInteger(column) || column < 0 || column >= this.#width)
      throw new GatewayError('INVALID_MODEL', `${stored.path} asks for column ${column} of ${this.#width}`);
    if (view === 'plain') return column;
    const key = `${view} ${column}`;
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    const position = this.width;
    this.#positions.set(key, position);
    this.#added.push({ column, view });
    return position;
  }

  /** To be told of each threshold. LightGBM takes a row's nearly zero values for zeros, which counts only near zero. */
  compare(threshold: number): void {
    if (Math.abs(threshold) <= NEARLY_ZERO) this.#comparesNearZero = true;
  }

  /** `[rows, columns]` with the added columns behind. */
  matrix(graph: GraphBuilder, columns: GraphValue): GraphValue {
    const parts = [this.#comparesNearZero ? replaceZeros(graph, columns, 0) : columns];
    for (const view of ['zero-is-missing', 'category'] as const) {
      const own = this.#added.filter((added) => added.view === view);
      if (own.length === 0) continue;
      parts.push(
        this.#seen(
          graph,
          columns,
          own.map(({ column }) => column),
          view,
        ),
      );
    }
    if (parts.length === 1) return parts[0] as GraphValue;
    const joined = graph.node('Concat', parts, { attributes: { axis: { integer: 1 } } });
    return this.#inOrder(graph, joined);
  }

  #seen(graph: GraphBuilder, columns: GraphValue, own: readonly number[], view: View): GraphValue {
    const values = graph.node('Gather', [columns, graph.int64s(own)], {
      attributes: { axis: { integer: 1 } },
    });
    if (view === 'zero-is-missing') return replaceZeros(graph, values, Number.NaN);
    return graph.op('Mul', graph.op('Sign', values), graph.op('Floor', graph.op('Abs', values)));
  }

  /** The parts are one view after the other; the positions were given in the order of the nodes. */
  #inOrder(graph: GraphBuilder, joined: GraphValue): GraphValue {
    const zeros = this.#added.filter(({ view }) => view === 'zero-is-missing').length;
    let zero = this.#width;
    let category = this.#width + zeros;
    const order = this.#added.map(({ view }) => (view === 'category' ? category++ : zero++));
    if (order.every((position, at) => position === this.#width + at)) return joined;
    const all = [...Array.from({ length: this.#width }, (_, at) => at), ...order];
    return graph.node('Gather', [joined, graph.int64s(all)], { attributes: { axis: { integer: 1 } } });
  }
}

function replaceZeros(graph: GraphBuilder, values: GraphValue, replacement: number): GraphValue {
  const isZero = graph.op('LessOrEqual', graph.op('Abs', values), graph.real(NEARLY_ZERO));
  return graph.op('Where', isZero, graph.real(replacement), values);
}
