import type { Task } from '../../model/signature.ts';
import { fittingLabels, traceLabels } from './class-labels.ts';
import type { GraphIndex } from './graph-index.ts';
import type { ServedOutput } from './plan-outputs.ts';

/** What the outputs of a graph mean, by their names, where whoever made the graph knows it. */
export type NamedTask =
  | {
      readonly kind: 'classifier';
      readonly label: string;
      /** `[rows, classes]`, or another score of each row; `null`: there are only labels. */
      readonly scores: string | null;
      readonly areProbabilities: boolean;
    }
  | { readonly kind: 'multi-label'; readonly labels: readonly string[] }
  | { readonly kind: 'regressor'; readonly output: string };

/** The task of a graph whose outputs are known; the labels are traced in the graph. */
export function taskByName(index: GraphIndex, named: NamedTask, outputs: readonly ServedOutput[]): Task {
  const at = (name: string) => outputs.findIndex(({ spec }) => spec.name === name);
  switch (named.kind) {
    case 'classifier': {
      const scoresOutput = named.scores === null ? null : at(named.scores);
      const width = scoresOutput === null ? -1 : (outputs[scoresOutput]?.spec.shape[1] ?? -1);
      return {
        kind: 'classifier',
        labelOutput: at(named.label),
        scoresOutput,
        labels: fittingLabels(traceLabels(index, named.label), width),
        scores: named.areProbabilities ? 'probabilities' : 'other',
      };
    }
    case 'multi-label':
      return { kind: 'multi-label', labelOutputs: named.labels.map(at) };
    case 'regressor':
      return { kind: 'regressor', output: at(named.output) };
  }
}
