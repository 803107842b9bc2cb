import type { InferenceOrder } from '../../src/lifecycle/inference-loader.ts';
import { signatureOf } from '../lifecycle/signatures.ts';
import { versionOf } from '../lifecycle/versions.ts';

/** A version that has passed every check, of a route that may mean something to the fake member. */
export function orderOf(version: number, route = 'iris'): InferenceOrder {
  const signature = signatureOf('a', 'b');
  const { inputs, outputs } = signature;
  return {
    route,
    version: versionOf(version, { name: route }),
    digest: `sha256:${version}`,
    signature,
    graph: {
      path: '/nowhere/model.onnx',
      inputs,
      outputs,
      options: {
        intraOpThreads: 1,
        interOpThreads: 1,
        executionMode: 'sequential',
        optimizationLevel: 'all',
      },
    },
    exampleRow: null,
    placement: { placement: 'inline', reason: 'a test', mayMove: true, loadMs: 1, runMs: 0.1 },
    verdict: {
      loadMs: 1,
      runMs: 0.1,
      memoryBytes: 1_000,
      areProbabilities: null,
      takesNaN: [true, true],
      canShareBatches: true,
      notes: [],
    },
    policy: {
      batching: true,
      signature: 'compatible',
      placement: 'auto',
      invocations: null,
      precision: 'double',
    },
    invocations: 'records',
    warmUpRow: null,
  };
}
