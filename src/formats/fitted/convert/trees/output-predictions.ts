import type { Classification, Prediction } from '../prediction.ts';

/** One output is a classifier, several are a classifier with several targets. */
export function outputsOf(outputs: readonly Classification[]): Prediction {
  return outputs.length === 1 ? (outputs[0] as Classification) : { kind: 'multi-output', outputs };
}
