import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { type Block, type FeatureColumn, Features } from '../features.ts';
import { lookUpCategory } from './category-positions.ts';
import { textColumnsOfCategories } from './category-texts.ts';
import { type EncodedColumn, encodedColumns } from './encoded-column.ts';
import { honourDtype } from './output-dtype.ts';
import { refuseUnknown } from './refuse-unknown.ts';

/** The position of each value among the categories, rare ones put together. */
export const ordinalEncoder: Converter = {
  limits: 'categories of several types in one column, None and NaN in one column',
  textColumns: textColumnsOfCategories,
  transform(estimator, features, scope) {
    honourDtype(estimator, scope);
    const columns = encodedColumns(estimator, features);
    const unknown = unknownOf(estimator);
    if (unknown === null) refuseUnknown(columns, scope);
    const missing = estimator.find('encoded_missing_value')?.number() ?? Number.NaN;
    const blocks = columns.map((column) => encoded(scope.graph, column, missing, unknown));
    return new Features(scope.graph, blocks);
  },
};

/** What a value that is no category becomes; `null`: scikit-learn raises. */
function unknownOf(estimator: Stored): number | null {
  const parameter = estimator.get('handle_unknown');
  const rule = parameter.text();
  if (rule === 'error') return null;
  if (rule === 'use_encoded_value') return estimator.get('unknown_value').number();
  throw new GatewayError('INVALID_MODEL', `${parameter.path} is "${rule}", which is not known here`);
}

function encoded(
  graph: GraphBuilder,
  { block, categories, grouped }: EncodedColumn,
  missingValue: number,
  unknown: number | null,
): Block {
  const missing = categories.missing;
  // None is a category like any other here; only NaN is missing.
  const table = grouped.map((position, at) =>
    missing?.isNaN && missing.position === at ? missingValue : (position ?? Number.NaN),
  );
  const ofNull = missing === null ? unknown : (table[missing.position] as number);
  if (unknown !== null) table.push(unknown);
  const value = lookUpCategory(graph, graph.reals(table), block, categories);
  const columns = block.columns.map(
    (column): FeatureColumn => ({
      name: column.name,
      nanFrom: Number.isNaN(ofNull) ? column.nanFrom : new Set(),
      source: null,
      valuesOf: null,
      ...(Number.isNaN(unknown) ? { madeNaN: true } : {}),
    }),
  );
  return { value, kind: 'number', columns };
}
