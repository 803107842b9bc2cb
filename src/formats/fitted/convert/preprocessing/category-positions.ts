import { GatewayError } from '../../../../errors.ts';
import { MISSING_TEXT } from '../../../../model/missing-text.ts';
import type { Attribute } from '../../../graph/encode-attribute.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import { refusalName } from '../failing-where.ts';
import type { Block } from '../features.ts';
import type { Categories } from './categories.ts';

/**
 * Where the value of each row stands among the categories: `[rows, 1]`, int64; what is none of them is at the position
 * behind the last. Gathering from a table of as many elements as there are categories therefore fails where
 * scikit-learn raises, and one element more says what an unknown value becomes.
 *
 * @throws GatewayError UNSUPPORTED_MODEL if text is looked for among numbers, or the reverse.
 */
export function categoryPositions(
  graph: GraphBuilder,
  { value, kind, columns }: Block,
  categories: Categories,
): GraphValue {
  const { values, path } = categories;
  // A column that had no value at all at training has no type.
  const isTypeless = categories.missing !== null && values.length === 1;
  if (kind !== categories.kind && !isTypeless) {
    const name = columns[0]?.name ?? null;
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${path} holds ${categories.kind === 'text' ? 'texts' : 'numbers'}, and the signature says that ${name === null ? 'its column' : `column "${name}"`} is of ${kind === 'text' ? 'texts' : 'numbers'}; log the model again with a signature inferred from the data that it was trained on`,
    );
  }
  const attributes = kind === 'text' ? textKeys(categories) : numberKeys(graph, categories);
  return graph.node('LabelEncoder', [value], { domain: 'ai.onnx.ml', attributes });
}

function textKeys(categories: Categories): Record<string, Attribute> {
  const texts = categories.kind === 'text' ? categories.values : [MISSING_TEXT];
  return {
    keys_strings: { texts },
    values_int64s: { integers: [...texts.keys()] },
    default_int64: { integer: texts.length },
  };
}

/** NaN is a key like any other (seen with onnxruntime 1.30). */
function numberKeys(graph: GraphBuilder, { values, path }: Categories): Record<string, Attribute> {
  const numbers = values as readonly number[];
  if (graph.precision === 'float' && new Set(numbers.map(Math.fround)).size < numbers.length) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${path} holds categories that are the same in single precision`,
    );
  }
  return {
    keys_tensor: graph.tensorAttribute(graph.precision, numbers),
    values_tensor: graph.tensorAttribute('int64', [...numbers.keys()]),
    default_tensor: graph.tensorAttribute('int64', [numbers.length]),
  };
}

/**
 * What stands in a table for the category of each row. Where the table has no element for unknown values, a row with one
 * fails the run.
 */
export function lookUpCategory(
  graph: GraphBuilder,
  table: GraphValue,
  block: Block,
  categories: Categories,
): GraphValue {
  const name = refusalName(`${categories.path}: only values that the model was trained on are taken`);
  return graph.node('Gather', [table, categoryPositions(graph, block, categories)], { name });
}
