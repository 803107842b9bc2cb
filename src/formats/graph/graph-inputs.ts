import { GatewayError } from '../../errors.ts';
import type { TensorSpec } from '../../model/tensor.ts';
import { ELEMENT_TYPES, elementTypeName } from './element-types.ts';
import type { OnnxGraph, OnnxValue } from './onnx-model.ts';
import { quote } from './quote.ts';

/** Together with the work per input, this bounds what a hostile graph costs; the widest tables have some 1,000 columns. */
const MAX_VALUES = 20_000;

/**
 * What a graph wants to be fed with.
 *
 * @throws GatewayError UNSUPPORTED_MODEL for inputs that rows cannot fill.
 */
export function inputSpecsOf(graph: OnnxGraph): readonly TensorSpec[] {
  if (graph.inputs.length === 0) throw unsupported('the graph has no inputs');
  if (graph.inputs.length + graph.outputs.length > MAX_VALUES) {
    throw unsupported(`the graph has more than ${MAX_VALUES} inputs and outputs`);
  }
  return graph.inputs.map(inputSpecOf);
}

function inputSpecOf({ name, type }: OnnxValue): TensorSpec {
  if (type.kind !== 'tensor')
    throw unsupported(`input ${quote(name)} of the graph is no tensor (${type.kind})`);
  const tensorType = ELEMENT_TYPES.get(type.elementType);
  if (tensorType === undefined) {
    throw unsupported(
      `input ${quote(name)} of the graph is of ${elementTypeName(type.elementType)}, which cannot be given`,
    );
  }
  if (type.shape?.length === 0)
    throw unsupported(`input ${quote(name)} of the graph is a single value and takes no rows`);
  return { name, type: tensorType, shape: type.shape ?? [-1, -1] };
}

/**
 * The number of rows that the graph insists on; `null` if it takes any.
 *
 * @throws GatewayError UNSUPPORTED_MODEL if its inputs want different numbers.
 */
export function fixedRowsOf(inputs: readonly TensorSpec[]): number | null {
  const counts = new Set(inputs.map((input) => input.shape[0] as number).filter((count) => count !== -1));
  if (counts.size > 1) {
    throw unsupported(
      `the inputs of the graph take different numbers of rows (${[...counts].slice(0, 10).join(', ')})`,
    );
  }
  return [...counts][0] ?? null;
}

function unsupported(what: string): GatewayError {
  return new GatewayError('UNSUPPORTED_MODEL', what);
}
