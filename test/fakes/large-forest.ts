import { writeFile } from 'node:fs/promises';
import { FLOAT, graph, model, node, tensorInfo } from './onnx-builder.ts';

const DEPTH = 15;
const NODES = 2 ** DEPTH - 1;
const FIRST_LEAF = 2 ** (DEPTH - 1) - 1;
export const FOREST_COLUMNS = 30;

/**
 * Writes a regressor of full trees, about 1.4 MB each: as heavy to load as a trained one of the same size, and made in
 * seconds, without Python.
 *
 * @returns `path`.
 */
export async function largeForest(path: string, trees: number): Promise<string> {
  const each = <T>(value: (id: number, tree: number) => T, ids = NODES, first = 0): T[] =>
    Array.from({ length: trees * ids }, (_, at) => value(first + (at % ids), Math.floor(at / ids)));
  const leaves = NODES - FIRST_LEAF;
  const isLeaf = (id: number) => id >= FIRST_LEAF;
  const random = mulberry(1);
  const forest = node('TreeEnsembleRegressor', {
    inputs: ['X'],
    outputs: ['variable'],
    domain: 'ai.onnx.ml',
    attributes: {
      n_targets: { integer: 1 },
      nodes_treeids: { integers: each((_, tree) => tree) },
      nodes_nodeids: { integers: each((id) => id) },
      nodes_featureids: { integers: each((id) => (isLeaf(id) ? 0 : Math.floor(random() * FOREST_COLUMNS))) },
      nodes_values: { floats: each((id) => (isLeaf(id) ? 0 : random())) },
      nodes_modes: { texts: each((id) => (isLeaf(id) ? 'LEAF' : 'BRANCH_LEQ')) },
      nodes_truenodeids: { integers: each((id) => (isLeaf(id) ? 0 : 2 * id + 1)) },
      nodes_falsenodeids: { integers: each((id) => (isLeaf(id) ? 0 : 2 * id + 2)) },
      target_treeids: { integers: each((_, tree) => tree, leaves, FIRST_LEAF) },
      target_nodeids: { integers: each((id) => id, leaves, FIRST_LEAF) },
      target_ids: { integers: each(() => 0, leaves) },
      target_weights: { floats: each(() => random(), leaves) },
    },
  });
  const parts = {
    nodes: [forest],
    inputs: [tensorInfo('X', FLOAT, [-1, FOREST_COLUMNS])],
    outputs: [tensorInfo('variable', FLOAT, [-1, 1])],
  };
  await writeFile(path, model(graph('forest', parts), { '': 17, 'ai.onnx.ml': 3 }));
  return path;
}

/** The same numbers in [0, 1) at each run. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
