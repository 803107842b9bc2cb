import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import { Features } from '../features.ts';
import { sklearnMinor } from '../sklearn-version.ts';
import { lookUpCategory } from './category-positions.ts';
import { textColumnsOfCategories } from './category-texts.ts';
import { type EncodedColumn, encodedColumns } from './encoded-column.ts';
import { honourDtype } from './output-dtype.ts';
import { refuseUnknown } from './refuse-unknown.ts';

/** Which output column is 1, of `width`; −1: none. One element more than categories where unknown values pass. */
interface Codes {
  readonly table: readonly number[];
  readonly width: number;
}

/** A column of 0 and 1 for each category, for all rare ones together, and for none that was dropped. */
export const oneHotEncoder: Converter = {
  limits: 'categories of several types in one column, None and NaN in one column',
  textColumns: textColumnsOfCategories,
  transform(estimator, features, scope) {
    honourDtype(estimator, scope);
    const columns = encodedColumns(estimator, features);
    const dropped = droppedOf(estimator, columns);
    const unknown = unknownRule(estimator);
    const codes = columns.map((column, at) => codesOf(column, dropped[at] ?? null, unknown));
    if (unknown === 'error') refuseUnknown(columns, scope);
    return oneHot(columns, codes, scope);
  },
};

type UnknownRule = 'error' | 'ignore' | 'rare';

/** Before scikit-learn 1.8 "warn" forgot the column of rare categories. */
function unknownRule(estimator: Stored): UnknownRule {
  const parameter = estimator.get('handle_unknown');
  const rule = parameter.text();
  switch (rule) {
    case 'error':
    case 'ignore':
      return rule;
    case 'infrequent_if_exist':
      return 'rare';
    case 'warn':
      return sklearnMinor(estimator) < 8 ? 'ignore' : 'rare';
    default:
      throw new GatewayError('INVALID_MODEL', `${parameter.path} is "${rule}", which is not known here`);
  }
}

/** Position after grouping that has no output column, of each column. */
function droppedOf(estimator: Stored, columns: readonly EncodedColumn[]): (number | null)[] {
  const stored = estimator.find('_drop_idx_after_grouping');
  const values = stored?.items().map((item) => (item.isNone ? null : item.integer())) ?? [];
  const isWithin = values.every(
    (value, at) => value === null || (value >= 0 && value < (columns[at]?.groups ?? 0)),
  );
  if (stored === null || (values.length === columns.length && isWithin)) return values;
  throw new GatewayError('INVALID_MODEL', `${stored.path} does not fit the categories`);
}

function codesOf(
  { grouped, groups, rare }: EncodedColumn,
  dropped: number | null,
  unknown: UnknownRule,
): Codes {
  const codeOf = (position: number | null) => {
    if (position === null || position === dropped) return -1;
    return dropped !== null && position > dropped ? position - 1 : position;
  };
  const table = grouped.map(codeOf);
  if (unknown !== 'error') table.push(unknown === 'ignore' ? -1 : codeOf(rare));
  return { table, width: dropped === null ? groups : groups - 1 };
}

function oneHot(columns: readonly EncodedColumn[], codes: readonly Codes[], { graph }: Scope): Features {
  const flags = columns.map(({ block, categories }, at) => {
    const { table, width } = codes[at] as Codes;
    const code = lookUpCategory(graph, graph.int64s(table), block, categories);
    return graph.op('Equal', code, graph.int64s(Array.from({ length: width }, (_, position) => position)));
  });
  const width = codes.reduce((sum, { width }) => sum + width, 0);
  return Features.made(graph, graph.castReal(beside(graph, flags)), width);
}

/** A column without outputs stays: its look-up is what refuses unknown values. */
function beside(graph: GraphBuilder, parts: readonly GraphValue[]): GraphValue {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return graph.node('Concat', parts, { attributes: { axis: { integer: 1 } } });
}
