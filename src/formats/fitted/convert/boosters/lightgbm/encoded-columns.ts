import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';
import { EXPORT_INSTEAD } from '../../export-instead.ts';
import { Features } from '../../features.ts';

/**
 * The columns as numbers. Columns that were pandas' categories become the positions in the list of categories
 * (`pandas_categorical`, one list for each of these columns, in their order); a value that is not in it is missing.
 */
export function encodedColumns(handle: Stored, features: Features, graph: GraphBuilder): GraphValue {
  const stored = handle.find('pandas_categorical');
  const lists = stored?.items() ?? [];
  if (lists.length === 0) return features.matrix();
  const positions = categoricalPositions(handle, features, lists.length);
  const parts: Features[] = [];
  let from = 0;
  for (const [at, position] of positions.entries()) {
    parts.push(
      features.select(range(from, position)),
      encoded(lists[at] as Stored, features, position, graph),
    );
    from = position + 1;
  }
  parts.push(features.select(range(from, features.width)));
  return Features.beside(graph, parts).matrix();
}

/** Positions of the columns whose categories are texts, as far as the file alone tells. */
export function textPositions(handle: Stored): ReadonlySet<number> {
  const lists = handle.find('pandas_categorical')?.items() ?? [];
  const known = declaredPositions(handle);
  if (known.length !== lists.length) return new Set();
  return new Set(
    known.filter((_, at) => lists[at]?.scalars().some((category) => typeof category === 'string')),
  );
}

/** Texts can only be categories. Else the file tells the categorical columns, though not which of them pandas had. */
function categoricalPositions(handle: Stored, features: Features, count: number): number[] {
  const kinds = features.blocks.flatMap(({ kind, columns }) => columns.map(() => kind));
  const texts = range(0, kinds.length).filter((position) => kinds[position] === 'text');
  if (texts.length === count) return texts;
  const known = declaredPositions(handle);
  if (known.length === count && texts.every((position) => known.includes(position))) return known;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${handle.path || 'the model'} was trained on ${count} columns of pandas' categories, and it cannot be told which: the signature has ${texts.length} columns of text, and the model ${known.length} categorical ones; ${EXPORT_INSTEAD}`,
  );
}

/** From the settings of the training, e.g. `0,3`, or else from what is known of each column, e.g. `0:2:1`. */
function declaredPositions(handle: Stored): number[] {
  const setting = handle.find('parameters')?.find('categorical_feature')?.text() ?? '';
  if (/^\d{1,9}(,\d{1,9})*$/.test(setting)) return setting.split(',').map(Number);
  const infos = handle.has('feature_infos') ? handle.get('feature_infos').text().split(' ') : [];
  return infos.flatMap((info, at) => (/^-?\d+(:-?\d+)*$/.test(info) ? [at] : []));
}

function encoded(list: Stored, features: Features, position: number, graph: GraphBuilder): Features {
  const categories = list.scalars();
  const { value, kind } = features.column(position);
  const codes = graph.tensorAttribute('double', range(0, categories.length));
  const fallback = graph.tensorAttribute('double', [Number.NaN]);
  const attributes = { values_tensor: codes, default_tensor: fallback };
  if (kind === 'text') {
    const keys = categories.map(String);
    const node = graph.node('LabelEncoder', [value], {
      domain: 'ai.onnx.ml',
      attributes: { keys_strings: { texts: keys }, ...attributes },
    });
    return features.select([position]).mapped(graph.castReal(node));
  }
  if (!categories.every((category) => typeof category === 'number' || typeof category === 'boolean')) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${list.path} holds categories that are texts, and column ${position} is of numbers; log the model again with a signature inferred from the data that it was trained on`,
    );
  }
  const keys = graph.tensorAttribute('double', categories.map(Number));
  const node = graph.node('LabelEncoder', [graph.cast(value, 'double')], {
    domain: 'ai.onnx.ml',
    attributes: { keys_tensor: keys, ...attributes },
  });
  return features.select([position]).mapped(graph.castReal(node));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}
