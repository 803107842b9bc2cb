import { GatewayError } from '../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import type { Stored } from '../values/stored.ts';
import type { Classes } from './prediction.ts';

/**
 * The labels in a `classes_` array.
 *
 * @throws GatewayError UNSUPPORTED_MODEL if they are of several types, or of one that no answer can hold.
 */
export function classesOf(stored: Stored): Classes {
  const values = stored.scalars();
  if (values.length === 0) throw new GatewayError('INVALID_MODEL', `${stored.path} is empty`);
  if (values.every((value) => typeof value === 'string')) return { type: 'string', values };
  if (values.every((value) => typeof value === 'boolean')) return { type: 'bool', values };
  if (values.every((value) => typeof value === 'bigint' || Number.isSafeInteger(value))) {
    const isFloating = values.length > 0 && isFloatingArray(stored);
    return isFloating
      ? { type: 'double', values: values.map(Number) }
      : { type: 'int64', values: values.map((value) => BigInt(value as number)) };
  }
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${stored.path} holds class labels of several types, or of one that is neither text, integer nor boolean`,
  );
}

export function classCount(classes: Classes): number {
  return classes.values.length;
}

/** The label of each row, `[rows]`, from its position in `classes`. */
export function labelsAt(graph: GraphBuilder, classes: Classes, index: GraphValue): GraphValue {
  return graph.op('Gather', labelConstant(graph, classes), index);
}

function labelConstant(graph: GraphBuilder, classes: Classes): GraphValue {
  switch (classes.type) {
    case 'int64':
      return graph.int64s(classes.values);
    case 'string':
      return graph.texts(classes.values);
    case 'bool':
      return graph.bools(classes.values);
    case 'double':
      return graph.doubles(classes.values);
  }
}

function isFloatingArray({ value }: Stored): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'array' &&
    value.dtype.letter === 'f'
  );
}
