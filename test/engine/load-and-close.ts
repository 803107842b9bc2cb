import { createOnnxEngine } from '../../src/engine/onnx-engine.ts';
import { FOREST_COLUMNS } from '../fakes/large-forest.ts';
import { graphOf } from './sample-graphs.ts';

/** Loads the forest at the path given on a worker, closes it, and tells what the process held before, between and after. */
const graph = graphOf(
  process.argv[2]!,
  [{ name: 'X', type: 'float32', shape: [-1, FOREST_COLUMNS] }],
  [{ name: 'variable', type: 'float32', shape: [-1, 1] }],
);
const engine = createOnnxEngine({ threads: 1 });
// Node and the runtime grow by themselves the first time.
await (await engine.load(graph, 'worker', new AbortController().signal)).close();
const before = process.memoryUsage.rss();
const session = await engine.load(graph, 'worker', new AbortController().signal);
const loaded = process.memoryUsage.rss();
await session.close();
const closed = process.memoryUsage.rss();
await engine.close();
process.send?.({ before, loaded, closed }, () => process.exit());
