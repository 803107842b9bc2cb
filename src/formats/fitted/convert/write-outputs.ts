import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import { classCount, labelsAt } from './classes.ts';
import { failingWhere } from './failing-where.ts';
import type { Features } from './features.ts';
import type { Classification, Prediction } from './prediction.ts';

const ROWS = -1;

/** Makes a model's answer the outputs of the graph, named and shaped as skl2onnx does without ZipMap. */
export class OutputWriter {
  readonly #graph: GraphBuilder;
  readonly #taken: ReadonlySet<string>;

  readonly #failures: readonly GraphValue[];

  /**
   * @param taken names of the graph's inputs.
   * @param failures conditions under which the run fails, complete when the first output is written.
   */
  constructor(graph: GraphBuilder, taken: Iterable<string>, failures: readonly GraphValue[]) {
    this.#graph = graph;
    this.#failures = failures;
    this.#taken = new Set(taken);
  }

  /** What `transform` gives. */
  features(features: Features): void {
    this.#reals('variable', features.matrix(), features.width);
  }

  prediction(prediction: Prediction): void {
    switch (prediction.kind) {
      case 'classifier':
        this.#labels(
          'label',
          labelsAt(this.#graph, prediction.classes, prediction.index),
          prediction.classes.type,
        );
        this.#probabilities('probabilities', prediction);
        break;
      case 'regressor':
        this.#reals('variable', prediction.values, prediction.targets);
        break;
      case 'multi-output':
        for (const [at, output] of prediction.outputs.entries()) {
          this.#labels(
            `label_${at}`,
            labelsAt(this.#graph, output.classes, output.index),
            output.classes.type,
          );
        }
        for (const [at, output] of prediction.outputs.entries())
          this.#probabilities(`probabilities_${at}`, output);
        break;
      case 'multi-label':
        this.#write('label', prediction.indicators, 'int64', [ROWS, prediction.labels]);
        if (prediction.probabilities !== null)
          this.#reals('probabilities', prediction.probabilities, prediction.labels);
        return;
      case 'outliers':
        this.#labels('label', prediction.label, 'int64');
        this.#reals('scores', prediction.decision, 1);
        break;
      case 'clusters':
        this.#labels('label', prediction.index, 'int64');
        this.#reals(prediction.scoreName, prediction.scores, prediction.clusters);
        break;
    }
  }

  #probabilities(name: string, { classes, probabilities }: Classification): void {
    if (probabilities !== null) this.#reals(name, probabilities, classCount(classes));
  }

  #labels(name: string, value: GraphValue, type: 'int64' | 'string' | 'bool' | 'double'): void {
    this.#write(name, value, type, [ROWS]);
  }

  #reals(name: string, value: GraphValue, width: number): void {
    this.#write(name, value, this.#graph.precision, [ROWS, width]);
  }

  #write(
    name: string,
    value: GraphValue,
    type: 'int64' | 'string' | 'bool' | 'double' | 'float',
    shape: number[],
  ): void {
    this.#graph.output(failingWhere(this.#graph, this.#failures, value), {
      name: this.#taken.has(name) ? `output_${name}` : name,
      type,
      shape,
    });
  }
}
