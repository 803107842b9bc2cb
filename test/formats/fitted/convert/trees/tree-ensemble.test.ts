import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { checkTree, type Tree } from '../../../../../src/formats/fitted/convert/trees/tree.ts';
import {
  type EnsembleOptions,
  type EnsembleTree,
  treeEnsemble,
} from '../../../../../src/formats/fitted/convert/trees/tree-ensemble.ts';
import { GraphBuilder } from '../../../../../src/formats/fitted/graph/graph-builder.ts';
import type { Precision } from '../../../../../src/model/precision.ts';

const WIDTH = 3;
/** The column that nodes ask for membership in a set. */
const CATEGORY = 2;
/** Values that differ by less than single precision tells apart. */
const VALUES = [0.1, Math.fround(0.1), 0.1 + 2 ** -56, 0, -0, 1, -1, 0.3, Math.fround(0.3), 1e-46, 3e38];
const value = fc.constantFrom(...VALUES);
const category = fc.constantFrom(0, 1, 2, 3, 29, 30, 31, 32, 33, 63, 64, 65, 255, 1000, 100_000);

interface Node {
  readonly feature: number;
  readonly threshold: number;
  readonly missing: number;
  readonly set: readonly number[];
  readonly weight: number;
}

const node: fc.Arbitrary<Node> = fc.record({
  feature: fc.nat(WIDTH - 1),
  threshold: value,
  missing: fc.nat(1),
  set: fc.uniqueArray(category, { maxLength: 12 }),
  weight: fc.integer({ min: -1000, max: 1000 }),
});

/** A tree whose leaves are split one after another, each at a place that `choices` name. */
const grown = fc
  .record({
    nodes: fc.array(node, { minLength: 17, maxLength: 17 }),
    choices: fc.array(fc.nat(), { maxLength: 8 }),
    target: fc.nat(1),
  })
  .map(({ nodes, choices, target }): EnsembleTree => {
    const count = 1 + 2 * choices.length;
    const yes = new Int32Array(count).fill(-1);
    const no = new Int32Array(count).fill(-1);
    const leaves = [0];
    for (const [at, choice] of choices.entries()) {
      const [leaf] = leaves.splice(choice % leaves.length, 1) as [number];
      yes[leaf] = 2 * at + 2;
      no[leaf] = 2 * at + 1;
      leaves.push(2 * at + 1, 2 * at + 2);
    }
    const used = nodes.slice(0, count);
    const tree: Tree = {
      yes,
      no,
      feature: Int32Array.from(used, ({ feature }) => feature),
      threshold: Float64Array.from(used, ({ threshold }) => threshold),
      missing: Uint8Array.from(used, ({ missing }) => missing),
      sets: new Map(
        used.flatMap(({ feature, set }, index) => (feature === CATEGORY ? [[index, set] as const] : [])),
      ),
    };
    return { tree, shape: checkTree(tree, WIDTH, 'tree'), values: used.map(({ weight }) => weight), target };
  });

const missing = fc.constant(Number.NaN);
const number = fc.oneof(value, missing);
const rows = fc.array(fc.tuple(number, number, fc.oneof(category, missing)), { minLength: 1, maxLength: 20 });

function leafOf({ tree }: EnsembleTree, row: readonly number[], { test, compare }: EnsembleOptions): number {
  let at = 0;
  while (tree.yes[at] !== -1) {
    const cell = row[tree.feature[at] as number] as number;
    const x = compare === 'float' ? Math.fround(cell) : cell;
    const set = tree.sets?.get(at);
    const threshold = tree.threshold[at] as number;
    const passes =
      set !== undefined ? set.some((member) => member === x) : test === '<' ? x < threshold : x <= threshold;
    const goesToYes = Number.isNaN(x) ? tree.missing?.[at] === 1 : passes;
    at = (goesToYes ? tree.yes[at] : tree.no[at]) as number;
  }
  return at;
}

async function answersOf(
  trees: readonly EnsembleTree[],
  asked: readonly (readonly number[])[],
  options: EnsembleOptions,
  precision: Precision = 'double',
): Promise<number[]> {
  const graph = new GraphBuilder(precision);
  const answer = treeEnsemble(graph, graph.input('X', precision, WIDTH), trees, options);
  graph.output(answer, { name: 'sums', type: options.sums, shape: [-1, options.targets] });
  const session = await InferenceSession.create(graph.finish({ name: 'test', version: '1' }, {}));
  const cells = asked.flat();
  const dims = [asked.length, WIDTH];
  const input =
    precision === 'double' ? new Tensor('float64', cells, dims) : new Tensor('float32', cells, dims);
  const { sums } = await session.run({ X: input });
  await session.release();
  return Array.from(sums?.data as Float64Array);
}

function expectedOf(
  trees: readonly EnsembleTree[],
  asked: readonly (readonly number[])[],
  options: EnsembleOptions,
): number[] {
  return asked.flatMap((row) => {
    const sums = new Array(options.targets).fill(0);
    for (const tree of trees) sums[tree.target as number] += tree.values[leafOf(tree, row, options)];
    return sums;
  });
}

describe('treeEnsemble', () => {
  for (const test of ['<=', '<'] as const) {
    for (const compare of ['float', 'double'] as const) {
      for (const sums of ['float', 'double'] as const) {
        it(`sends every row to the leaf that the rules say: ${test}, compares in ${compare}, adds in ${sums}`, async () => {
          const options = { targets: 2, test, compare, sums };
          await fc.assert(
            fc.asyncProperty(fc.array(grown, { minLength: 1, maxLength: 4 }), rows, async (trees, asked) => {
              expect(await answersOf(trees, asked, options)).toEqual(expectedOf(trees, asked, options));
            }),
            { numRuns: 60 },
          );
        });
      }
    }
    it(`decides rows of single precision in a graph of single precision: ${test}`, async () => {
      const options = { targets: 2, test, compare: 'double', sums: 'float' } as const;
      await fc.assert(
        fc.asyncProperty(fc.array(grown, { minLength: 1, maxLength: 4 }), rows, async (trees, asked) => {
          const singles = asked.map((row) => row.map(Math.fround));
          expect(await answersOf(trees, singles, options, 'float')).toEqual(
            expectedOf(trees, singles, options),
          );
        }),
        { numRuns: 60 },
      );
    });
  }
});
