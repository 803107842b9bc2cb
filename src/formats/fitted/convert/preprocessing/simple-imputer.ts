import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { dtypeName } from '../dtype-name.ts';
import { type Block, Features } from '../features.ts';
import { type MissingValue, missingFlags, missingValueOf } from './missing-value.ts';

type Fill = number | string;

/** Missing values become the column's entry of `statistics_`; columns that had no value at training go. */
export const simpleImputer: Converter = {
  limits: 'a text for a column of numbers, and the reverse',
  textColumns: (estimator) => textFills(estimator),
  transform(estimator, features, scope) {
    const { graph } = scope;
    const missing = missingValueOf(estimator);
    if (missing.kind === 'value') scope.refuseNaN(features);
    const fills = fillsOf(estimator, features.width);
    const kept = [...fills.keys()].filter((at) => fills[at] !== null);
    const filled: Block[] = [];
    let at = 0;
    for (const block of features.select(kept).blocks) {
      const own = kept.slice(at, at + block.columns.length).map((column) => fills[column] as Fill);
      at += block.columns.length;
      filled.push(filledBlock(graph, block, missing, own, estimator));
    }
    const imputed = new Features(graph, filled);
    if (!(estimator.find('add_indicator')?.boolean() ?? false)) return imputed;
    const flagged = positionsOf(estimator.get('indicator_').get('features_'), features.width);
    return Features.beside(graph, [imputed, missingColumns(graph, features.select(flagged), missing)]);
  },
};

/** 1 where the value is missing, else 0; one column for each. */
export function missingColumns(graph: GraphBuilder, features: Features, missing: MissingValue): Features {
  const parts = features.blocks.map((block) => {
    const flags = graph.castReal(missingFlags(graph, block, missing));
    return Features.made(graph, flags, block.columns.length);
  });
  return Features.beside(graph, parts);
}

/** Positions of columns. @throws GatewayError INVALID_MODEL if one is none. */
export function positionsOf(stored: Stored, width: number): number[] {
  const positions = [...stored.numbersOfShape(-1).values];
  if (positions.every((at) => Number.isInteger(at) && at >= 0 && at < width)) return positions;
  throw new GatewayError('INVALID_MODEL', `${stored.path} names columns beyond the ${width} that there are`);
}

/** `null` for a column that is left out. */
function fillsOf(estimator: Stored, width: number): (Fill | null)[] {
  const stored = estimator.get('statistics_');
  const values = stored.scalars();
  if (values.length !== width) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${stored.path} has ${values.length} elements, and there are ${width} columns`,
    );
  }
  const isSingle = estimator.has('_fill_dtype') && dtypeName(estimator.get('_fill_dtype')) === 'f4';
  const keepsAll = estimator.find('keep_empty_features')?.boolean() ?? false;
  const isConstant = estimator.get('strategy').value === 'constant';
  return values.map((value) => {
    if (typeof value === 'string') return value;
    const number = value === null ? Number.NaN : Number(value);
    if (!Number.isNaN(number)) return isSingle ? Math.fround(number) : number;
    // scikit-learn's versions disagree whether a column filled with NaN stays.
    const isUnclear = keepsAll || (isConstant && isNaNFill(estimator));
    if (!isUnclear) return null;
    throw new GatewayError('UNSUPPORTED_MODEL', `${stored.path} fills a column with NaN`);
  });
}

function isNaNFill(estimator: Stored): boolean {
  const fill = estimator.find('fill_value')?.value;
  return typeof fill === 'number' && Number.isNaN(fill);
}

function textFills(estimator: Stored): ReadonlySet<number> {
  const values = estimator.get('statistics_').scalars();
  return new Set([...values.keys()].filter((at) => typeof values[at] === 'string'));
}

function filledBlock(
  graph: GraphBuilder,
  block: Block,
  missing: MissingValue,
  fills: readonly Fill[],
  estimator: Stored,
): Block {
  if (fills.some((fill) => typeof fill !== (block.kind === 'text' ? 'string' : 'number'))) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} fills a column of ${block.kind === 'text' ? 'texts with a number' : 'numbers with a text'}`,
    );
  }
  const fill = block.kind === 'text' ? graph.texts(fills as string[]) : graph.reals(fills as number[]);
  const value = graph.op('Where', missingFlags(graph, block, missing), fill, block.value);
  return {
    ...block,
    value,
    columns: block.columns.map(({ name, valuesOf }) => ({
      name,
      nanFrom: new Set(),
      source: null,
      // A value that stands for missing ones is no value of the column any more.
      valuesOf: missing.kind === 'none' ? valuesOf : null,
    })),
  };
}
