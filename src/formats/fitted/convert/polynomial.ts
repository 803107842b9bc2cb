import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';

/** By Horner's rule, as Cephes does. @param coefficients highest power first, at least one. */
export function polynomial(graph: GraphBuilder, x: GraphValue, coefficients: readonly number[]): GraphValue {
  const [highest, ...others] = coefficients.map((coefficient) => graph.real(coefficient));
  return others.reduce((sum, next) => graph.op('Add', graph.op('Mul', sum, x), next), highest as GraphValue);
}
