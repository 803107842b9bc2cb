import type { PreparedModel } from '../../src/formats/model-format.ts';
import type { Signature } from '../../src/model/signature.ts';
import { signatureOf } from './signatures.ts';

/** What a format makes of a version; two named columns and one output unless told otherwise. */
export function preparedOf(changes: Partial<PreparedModel> = {}): PreparedModel {
  return {
    format: 'fake',
    graphPath: '/nowhere/model.onnx',
    signature: signatureOf('a', 'b'),
    options: { intraOpThreads: 1, interOpThreads: 1, executionMode: 'sequential', optimizationLevel: 'all' },
    invocations: 'records',
    exampleRows: null,
    conversion: null,
    notes: [],
    ...changes,
  };
}

/** A classifier of two columns whose graph does not tell whether its scores are probabilities. */
export const CLASSIFIER: Signature = {
  ...signatureOf('a', 'b'),
  outputs: [
    { name: 'label', type: 'int64', shape: [-1] },
    { name: 'scores', type: 'float32', shape: [-1, 2] },
  ],
  task: { kind: 'classifier', labelOutput: 0, scoresOutput: 1, labels: [0n, 1n], scores: 'unknown' },
};
