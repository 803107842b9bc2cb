import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One answer to one row, in the shape of no protocol. */
export interface RowAnswer {
  readonly prediction: number;
  /** Of the predicted class; null where the server or the model gives none. */
  readonly probability: number | null;
}

/** A model in every form that a server of the benchmark takes; see `make-models.py`. */
export interface BenchModel {
  readonly name: string;
  /** Holds `model.joblib`, `plain.onnx` and `model.json`. */
  readonly directory: string;
  /** MLflow model directories of the two flavours. */
  readonly sklearnFlavour: string;
  readonly onnxFlavour: string;
  /** The directory registry that holds this model beside the others. */
  readonly registry: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
  /** What scikit-learn answers to each of `rows`. */
  readonly expected: readonly RowAnswer[];
  /** |difference| ≤ tolerance · max(1, |expected|). */
  readonly tolerance: number;
}

interface ModelFile {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
  readonly predictions: readonly number[];
  readonly probabilities: readonly number[] | null;
  readonly tolerance: number;
}

/** Reads what `make-models.py` wrote into `output`. */
export function readBenchModel(output: string, name: string): BenchModel {
  const directory = join(output, name);
  const file = JSON.parse(readFileSync(join(directory, 'model.json'), 'utf8')) as ModelFile;
  return {
    name,
    directory,
    sklearnFlavour: join(directory, 'sklearn'),
    onnxFlavour: join(output, 'registry', name, '1'),
    registry: join(output, 'registry'),
    columns: file.columns,
    rows: file.rows,
    expected: file.predictions.map((prediction, index) => ({
      prediction,
      probability: file.probabilities?.[index] ?? null,
    })),
    tolerance: file.tolerance,
  };
}
