import { GatewayError } from '../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';

/** One or several columns that lie in one tensor `[rows, columns.length]`. */
export interface Block {
  readonly value: GraphValue;
  readonly kind: 'number' | 'text';
  readonly columns: readonly FeatureColumn[];
}

export interface FeatureColumn {
  /** Name in the data frame that the model was trained on; `null` for a column that a step made. */
  readonly name: string | null;
  /** Columns of the request from which a NaN would still be here; empty if none can. */
  readonly nanFrom: ReadonlySet<number>;
  /** The column of the request that this is, unchanged; `null` if a step made it. */
  readonly source: number | null;
  /**
   * The column of the request whose values are still here; only missing ones may have been replaced. `null` if a step
   * made others.
   */
  readonly valuesOf: number | null;
  /** A step may have made NaN of a plain number here, as the logarithm does; left out: none did. */
  readonly madeNaN?: true;
  /**
   * The last bit may not be the library's own: a step calculated it with a power, a logarithm or a sum of products, which no
   * two libraries round alike. Left out: what is here was copied, or calculated exactly rounded.
   */
  readonly isRounded?: true;
}

const NOWHERE: ReadonlySet<number> = new Set();

/** What flows from step to step of a model: columns side by side, in one or several tensors, of numbers or texts. */
export class Features {
  readonly #graph: GraphBuilder;
  readonly blocks: readonly Block[];
  #matrix: GraphValue | null = null;

  constructor(graph: GraphBuilder, blocks: readonly Block[]) {
    this.#graph = graph;
    this.blocks = blocks.filter(({ columns }) => columns.length > 0);
  }

  /** Columns of numbers that a step made: `value` is `[rows, width]`. No NaN of the request comes through. */
  static made(graph: GraphBuilder, value: GraphValue, width: number): Features {
    const column: FeatureColumn = {
      name: null,
      nanFrom: NOWHERE,
      source: null,
      valuesOf: null,
      isRounded: true,
    };
    return new Features(graph, [{ value, kind: 'number', columns: new Array(width).fill(column) }]);
  }

  static beside(graph: GraphBuilder, parts: readonly Features[]): Features {
    return new Features(
      graph,
      parts.flatMap(({ blocks }) => blocks),
    );
  }

  /** Columns of numbers calculated one by one from these (`value` is `[rows, width]`): a NaN stays where it was. */
  mapped(value: GraphValue): Features {
    const columns = this.columns.map((column) => ({ ...column, source: null, valuesOf: null }));
    return new Features(this.#graph, [{ value, kind: 'number', columns }]);
  }

  /** The same columns, their last bit in doubt. */
  rounded(): Features {
    const blocks = this.blocks.map((block) => ({
      ...block,
      columns: block.columns.map((column) => ({ ...column, isRounded: true as const })),
    }));
    return new Features(this.#graph, blocks);
  }

  get columns(): readonly FeatureColumn[] {
    return this.blocks.flatMap(({ columns }) => columns);
  }

  get width(): number {
    return this.blocks.reduce((sum, { columns }) => sum + columns.length, 0);
  }

  get hasText(): boolean {
    return this.blocks.some(({ kind }) => kind === 'text');
  }

  /** Columns of the request whose NaN would still be somewhere in here. */
  get nanFrom(): ReadonlySet<number> {
    return new Set(this.columns.flatMap(({ nanFrom }) => [...nanFrom]));
  }

  /**
   * All columns as one tensor `[rows, width]` of numbers in the working precision.
   *
   * @throws GatewayError UNSUPPORTED_MODEL if there are texts among them, or none at all.
   */
  matrix(): GraphValue {
    if (this.hasText) {
      const texts = this.blocks.filter(({ kind }) => kind === 'text').flatMap(({ columns }) => columns);
      const names = texts.map(({ name }) => name).filter((name) => name !== null);
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `columns of text reach a step that takes numbers (${names.slice(0, 5).join(', ') || 'without a name'}); make them numbers before the model, and log it with a signature inferred from those`,
      );
    }
    return this.#joined();
  }

  /** One column, as `[rows, 1]`. */
  column(position: number): Block {
    return this.select([position]).blocks[0] as Block;
  }

  /** These columns in this order; a column may come twice. */
  select(positions: readonly number[]): Features {
    const places = this.blocks.flatMap((block) => block.columns.map((_, at) => ({ block, at })));
    const blocks: Block[] = [];
    let run: { block: Block; at: number[] } | null = null;
    const close = () => {
      if (run !== null) blocks.push(this.#part(run.block, run.at));
      run = null;
    };
    for (const position of positions) {
      const place = places[position];
      if (place === undefined) {
        throw new GatewayError(
          'INVALID_MODEL',
          `column ${position} is asked for, and there are ${places.length}`,
        );
      }
      if ((run as { block: Block } | null)?.block !== place.block) close();
      if (run === null) run = { block: place.block, at: [place.at] };
      else (run as { at: number[] }).at.push(place.at);
    }
    close();
    return new Features(this.#graph, blocks);
  }

  #part(block: Block, at: readonly number[]): Block {
    if (at.length === block.columns.length && at.every((place, index) => place === index)) return block;
    const value = this.#graph.node('Gather', [block.value, this.#graph.int64s(at)], {
      attributes: { axis: { integer: 1 } },
    });
    return { ...block, value, columns: at.map((place) => block.columns[place] as FeatureColumn) };
  }

  #joined(): GraphValue {
    const [first, ...others] = this.blocks;
    if (first === undefined) throw new GatewayError('UNSUPPORTED_MODEL', 'a step gets no columns at all');
    if (others.length === 0) return first.value;
    this.#matrix ??= this.#graph.node(
      'Concat',
      this.blocks.map(({ value }) => value),
      { attributes: { axis: { integer: 1 } } },
    );
    return this.#matrix;
  }
}
