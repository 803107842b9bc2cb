import { GatewayError } from '../../../errors.ts';
import type { MlModel, MlModelColumn } from '../../../model/ml-model.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import type { EstimatorInputs } from './estimator-inputs.ts';
import { type Block, type FeatureColumn, Features } from './features.ts';

/** A column that the model takes, in training order. */
export interface RequestColumn {
  /** `null`: it has a position and no name. */
  readonly name: string | null;
  readonly kind: 'number' | 'text';
  /**
   * Whether the signature says single precision: MLflow rounds a request to it before the model sees it, and categories
   * and edges of bins were learnt from such values.
   */
  readonly isSingle?: boolean;
}

export interface InputPlan {
  readonly columns: readonly RequestColumn[];
  /** Whether each column is an input of its own, `[rows, 1]`; else all are one, `[rows, columns]`. */
  readonly isSplit: boolean;
}

/** Wider rows are sparse, which no request is. */
const MAX_COLUMNS = 200_000;

type Declared = NonNullable<MlModel['inputs']>;

/**
 * What the graph takes: the columns that the estimator was trained on, typed as the MLmodel's signature says.
 *
 * @param texts positions of columns that are known to be text though nothing declares them.
 * @throws GatewayError INVALID_MODEL if signature and estimator contradict each other.
 */
export function planInputs(
  declared: MlModel['inputs'],
  { width, names: known, isByPosition = false }: EstimatorInputs,
  texts: ReadonlySet<number> = new Set(),
): InputPlan {
  checkWidth(width);
  const kindOf = (position: number) => (texts.has(position) ? 'text' : 'number');
  const specs = declared ?? [];
  const names = isByPosition && specs.length > 0 ? null : known;
  if (specs.length === 0) {
    const count = width ?? Math.max(1, ...[...texts].map((position) => position + 1));
    const columns = Array.from(
      { length: count },
      (_, at) => ({ name: names?.[at] ?? null, kind: kindOf(at) }) as const,
    );
    return { columns, isSplit: isMixed(columns) };
  }
  const plain = specs.filter((spec): spec is MlModelColumn => spec.kind === 'column');
  return plain.length === specs.length ? ofColumns(plain, width, names) : ofTensors(specs, width, names);
}

/** A file can tell any number; what is known of each column takes memory. */
function checkWidth(width: number | null): void {
  if (width === null || (width >= 0 && width <= MAX_COLUMNS)) return;
  throw new GatewayError(
    'INVALID_MODEL',
    `the model takes ${width} columns, and more than ${MAX_COLUMNS} are not served`,
  );
}

function ofColumns(
  declared: readonly MlModelColumn[],
  width: number | null,
  names: EstimatorInputs['names'],
): InputPlan {
  const isNamed = names !== null && declared.every(({ name }) => name !== null);
  if (!isNamed) {
    if (width !== null && width !== declared.length) {
      throw new GatewayError(
        'INVALID_MODEL',
        `the signature has ${declared.length} columns, and the model was trained on ${width}; log the model again with a signature inferred from the data that it was trained on`,
      );
    }
    const columns = declared.map(({ name, type }) => ({ name, ...kindOfType(type) }));
    return { columns, isSplit: isMixed(columns) };
  }
  const columns = names.map((name) => {
    const found = declared.find((column) => column.name === name);
    if (found !== undefined) return { name, ...kindOfType(found.type) };
    throw new GatewayError(
      'INVALID_MODEL',
      `the model was trained on a column "${name}" that the signature does not have; log the model again with a signature inferred from the data that it was trained on`,
    );
  });
  const isInOrder =
    columns.length === declared.length && columns.every(({ name }, at) => name === declared[at]?.name);
  return { columns, isSplit: !isInOrder || isMixed(columns) };
}

/** One tensor `[rows, columns]`, whatever it is called; several are columns of their own. */
function ofTensors(declared: Declared, width: number | null, names: EstimatorInputs['names']): InputPlan {
  const kinds = declared.map((spec) => kindOfType(spec.kind === 'tensor' ? spec.dtype : spec.type));
  const [first] = declared;
  if (declared.length > 1 || first?.kind !== 'tensor') {
    const columns = declared.map(({ name }, at) => ({ name, ...(kinds[at] as Kind) }));
    return { columns, isSplit: true };
  }
  const own = first.shape[1] ?? 1;
  const count = width ?? (own === -1 ? 1 : own);
  checkWidth(count);
  const kind = kinds[0] as Kind;
  return {
    columns: Array.from({ length: count }, (_, at) => ({ name: names?.[at] ?? null, ...kind })),
    isSplit: false,
  };
}

/** Adds the inputs to the graph. */
export function addInputs(graph: GraphBuilder, { columns, isSplit }: InputPlan): Features {
  const features = columns.map(
    ({ name }, source): FeatureColumn => ({ name, source, valuesOf: source, nanFrom: new Set([source]) }),
  );
  if (!isSplit) {
    const kind = columns[0]?.kind ?? 'number';
    const input = graph.input('X', kind === 'text' ? 'string' : graph.precision, columns.length);
    const value = rounded(graph, input, columns);
    return new Features(graph, [{ value, kind, columns: features }]);
  }
  const blocks = columns.map((column, at): Block => {
    const { name, kind } = column;
    const input = graph.input(inputName(name, at), kind === 'text' ? 'string' : graph.precision, 1);
    return {
      value: rounded(graph, input, [column]),
      kind,
      columns: [features[at] as FeatureColumn],
    };
  });
  return new Features(graph, blocks);
}

/** `matrix` `[rows, columns]` with the columns of single precision rounded to it. */
function rounded(graph: GraphBuilder, matrix: GraphValue, columns: readonly RequestColumn[]): GraphValue {
  if (graph.precision === 'float' || !columns.some(({ isSingle }) => isSingle)) return matrix;
  const single = graph.castReal(graph.cast(matrix, 'float'));
  if (columns.every(({ isSingle }) => isSingle)) return single;
  const isSingle = columns.map((column) => column.isSingle === true);
  return graph.op('Where', graph.bools(isSingle, [1, columns.length]), single, matrix);
}

/** A column's input is called as the column. */
export function inputName(name: string | null, position: number): string {
  return name === null || name === '' ? `x${position}` : name;
}

function isMixed(columns: readonly RequestColumn[]): boolean {
  return columns.some(({ kind }) => kind !== columns[0]?.kind);
}

type Kind = Pick<RequestColumn, 'kind' | 'isSingle'>;

function kindOfType(type: string): Kind {
  if (/^(string|str|object|unicode|[<>|=]?U\d+)$/.test(type)) return { kind: 'text' };
  return { kind: 'number', isSingle: /^(float|float32)$/.test(type) };
}
