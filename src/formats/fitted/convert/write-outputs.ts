import type { NamedTask } from '../../graph/named-task.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import { classCount, labelsAt } from './classes.ts';
import { failingWhere, type Refusal } from './failing-where.ts';
import type { Features } from './features.ts';
import type { Classification, MultiClassification, Prediction } from './prediction.ts';

const ROWS = -1;

/** Names of the outputs, and what they mean. */
export interface WrittenOutputs {
  readonly task: NamedTask;
  /** What `predict_proba` answers; `null` if the model has none, or not as one array. */
  readonly probabilities: string | null;
}

/** Makes a model's answer the outputs of the graph, named and shaped as skl2onnx does without ZipMap. */
export class OutputWriter {
  readonly #graph: GraphBuilder;
  readonly #taken: ReadonlySet<string>;

  readonly #refusals: readonly Refusal[];

  /**
   * @param taken names of the graph's inputs.
   * @param refusals what fails a run, complete when the first output is written.
   */
  constructor(graph: GraphBuilder, taken: Iterable<string>, refusals: readonly Refusal[]) {
    this.#graph = graph;
    this.#refusals = refusals;
    this.#taken = new Set(taken);
  }

  /** What `transform` gives. */
  features(features: Features): WrittenOutputs {
    const output = this.#reals('variable', features.matrix(), features.width);
    return { task: { kind: 'regressor', output }, probabilities: null };
  }

  prediction(prediction: Prediction): WrittenOutputs {
    switch (prediction.kind) {
      case 'classifier':
        return this.#classifier(prediction);
      case 'regressor': {
        const output = this.#reals('variable', prediction.values, prediction.targets);
        return { task: { kind: 'regressor', output }, probabilities: null };
      }
      case 'multi-output':
        return this.#multiOutput(prediction);
      case 'multi-label': {
        const { indicators, labels: count, probabilities } = prediction;
        const label = this.#write('label', indicators, 'int64', [ROWS, count]);
        return {
          task: { kind: 'multi-label', labels: [label] },
          probabilities: probabilities && this.#reals('probabilities', probabilities, count),
        };
      }
      case 'outliers': {
        const label = this.#labels('label', prediction.label, 'int64');
        const scores = this.#reals('scores', prediction.decision, 1);
        return { task: { kind: 'classifier', label, scores, areProbabilities: false }, probabilities: null };
      }
      case 'clusters': {
        const areProbabilities = prediction.scoreName === 'probabilities';
        const label = this.#labels('label', prediction.index, 'int64');
        const scores =
          prediction.scores && this.#reals(prediction.scoreName, prediction.scores, prediction.clusters);
        return {
          task: { kind: 'classifier', label, scores, areProbabilities },
          probabilities: areProbabilities ? scores : null,
        };
      }
    }
  }

  /** Logarithms of an output that was written, `[rows, columns]`, as `predict_log_proba`. */
  logarithms(prediction: Prediction): string | null {
    if (prediction.kind !== 'classifier' || prediction.probabilities === null) return null;
    const logarithms = this.#graph.op('Log', prediction.probabilities);
    return this.#reals('log_probabilities', logarithms, classCount(prediction.classes));
  }

  #classifier(prediction: Classification): WrittenOutputs {
    const { classes, index } = prediction;
    const label = this.#labels('label', labelsAt(this.#graph, classes, index), classes.type);
    const probabilities = this.#probabilities('probabilities', prediction);
    const areProbabilities = probabilities !== null;
    return {
      task: { kind: 'classifier', label, scores: probabilities, areProbabilities },
      probabilities,
    };
  }

  #multiOutput({ outputs }: MultiClassification): WrittenOutputs {
    const labels = outputs.map(({ classes, index }, at) =>
      this.#labels(`label_${at}`, labelsAt(this.#graph, classes, index), classes.type),
    );
    for (const [at, output] of outputs.entries()) this.#probabilities(`probabilities_${at}`, output);
    return { task: { kind: 'multi-label', labels }, probabilities: null };
  }

  #probabilities(name: string, { classes, probabilities }: Classification): string | null {
    return probabilities && this.#reals(name, probabilities, classCount(classes));
  }

  #labels(name: string, value: GraphValue, type: 'int64' | 'string' | 'bool' | 'double'): string {
    return this.#write(name, value, type, [ROWS]);
  }

  #reals(name: string, value: GraphValue, width: number): string {
    return this.#write(name, value, this.#graph.precision, [ROWS, width]);
  }

  #write(
    name: string,
    value: GraphValue,
    type: 'int64' | 'string' | 'bool' | 'double' | 'float',
    shape: number[],
  ): string {
    const own = this.#taken.has(name) ? `output_${name}` : name;
    const checked = failingWhere(this.#graph, this.#refusals, value);
    this.#graph.output(checked, { name: own, type, shape });
    return own;
  }
}
