import { createOnnxEngine } from '../../src/engine/onnx-engine.ts';
import { describeEngineContract } from '../contracts/engine-contract.ts';
import { classifier, irisAnswers, irises, noGraph } from './sample-graphs.ts';

for (const placement of ['inline', 'worker'] as const) {
  describeEngineContract('OnnxEngine', placement, {
    createEngine: () => createOnnxEngine({ threads: 2 }),
    graph: classifier,
    badGraph: noGraph,
    inputs: irises,
    outputs: irisAnswers,
  });
}
