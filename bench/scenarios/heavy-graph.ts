import { FLOAT, graph, model, node, tensor, tensorInfo } from '../../test/fakes/onnx-builder.ts';

const WIDTH = 512;
export const HEAVY_COLUMNS = 4;

/**
 * A regressor of `layers` matrix products of 512 × 512, which all share their weights: about 1 MB to load, some tens of
 * microseconds a layer for one row, and less for each further row.
 */
export function heavyGraph(layers: number): Uint8Array {
  const weights = (name: string, rows: number, columns: number) =>
    tensor(name, FLOAT, [rows, columns], new Float32Array(rows * columns).fill(1 / rows));
  const product = (input: string, by: string, output: string) =>
    node('MatMul', { inputs: [input, by], outputs: [output] });
  const between = Array.from({ length: layers }, (_, layer) =>
    product(`h${layer}`, 'inner', `h${layer + 1}`),
  );
  return model(
    graph('heavy', {
      nodes: [product('X', 'first', 'h0'), ...between, product(`h${layers}`, 'last', 'y')],
      inputs: [tensorInfo('X', FLOAT, [-1, HEAVY_COLUMNS])],
      outputs: [tensorInfo('y', FLOAT, [-1, 1])],
      initializers: [
        weights('first', HEAVY_COLUMNS, WIDTH),
        weights('inner', WIDTH, WIDTH),
        weights('last', WIDTH, 1),
      ],
    }),
    { '': 17 },
  );
}
