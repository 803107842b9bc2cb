import type { MlModel, MlModelColumn } from '../../../model/ml-model.ts';
import type { Precision } from '../../../model/precision.ts';
import type { NamedTask } from '../../graph/named-task.ts';
import { GraphBuilder } from '../graph/graph-builder.ts';
import { Stored } from '../values/stored.ts';
import type { StoredValue } from '../values/stored-value.ts';
import { Conversion } from './conversion.ts';
import { CONVERTER_VERSION } from './converter-version.ts';
import { inputsOf } from './estimator-inputs.ts';
import type { Features } from './features.ts';
import { addInputs, inputName, planInputs } from './plan-inputs.ts';
import type { PredictMethod } from './predict-method.ts';
import { expectSinglePrecision } from './single-precision.ts';
import { textColumnsOf } from './text-columns.ts';
import { OutputWriter } from './write-outputs.ts';

export interface ConvertedModel {
  /** The bytes of the `.onnx` file. The same model gives the same bytes, whichever file it was read from. */
  readonly onnx: Uint8Array;
  /** What the model is made of, in short: `Pipeline(StandardScaler, LogisticRegression)`. */
  readonly estimator: string;
  /** The columns that the model was trained on, if it tells their names. */
  readonly columns: readonly MlModelColumn[] | null;
  /** Names of the graph's inputs → whether each of their elements may be NaN. */
  readonly takesNaN: ReadonlyMap<string, readonly boolean[]>;
  /** Names of the graph's inputs → for each of their elements the only values that it may have; `null`: any. */
  readonly knownValues: ReadonlyMap<string, readonly (readonly (string | number)[] | null)[]>;
  /** What the graph's outputs mean. */
  readonly task: NamedTask;
  /** The output that holds what the method answers; `null`: the label, or the numbers, as `predict` gives them. */
  readonly answer: string | null;
  /** Whether a run fails on rows that the library refuses. */
  readonly refusesValues: boolean;
  /** Largest |Δ| / (1 + |y|) from the library's own answers, in double precision. */
  readonly tolerance: number;
  /** Sentences for the operator. */
  readonly notes: readonly string[];
}

/**
 * A fitted model as an ONNX graph.
 *
 * @param declared the signature's inputs, as the MLmodel has them.
 * @param method whose answer `answer` is to name.
 * @throws GatewayError UNSUPPORTED_MODEL or INVALID_MODEL that names the class and its path.
 */
export function convertModel(
  model: StoredValue,
  declared: MlModel['inputs'],
  precision: Precision = 'double',
  method: PredictMethod = 'predict',
): ConvertedModel {
  const estimator = new Stored(model);
  const texts = declared === null || declared.length === 0 ? textColumnsOf(estimator) : undefined;
  const plan = planInputs(declared, inputsOf(estimator), texts);
  const graph = new GraphBuilder(precision);
  const features = addInputs(graph, plan);
  const conversion = new Conversion(graph);
  const { columns, isSplit } = plan;
  const inputs = isSplit ? columns.map(({ name }, at) => inputName(name, at)) : ['X'];
  const outputs = new OutputWriter(graph, inputs, conversion.refusals);
  const { task, answer } = writeAnswers(conversion, outputs, estimator, features, method);
  if (columns.length > 0 && columns.every(({ isSingle }) => isSingle))
    expectSinglePrecision(estimator, conversion);
  const takesNaN = columns.map((_, column) => conversion.takesNaN(column));
  const known = columns.map((_, column) => conversion.knownValues(column));
  const byInput = <T>(values: readonly T[]) =>
    new Map(isSplit ? inputs.map((name, at) => [name, [values[at] as T]]) : [['X', values]]);
  return {
    onnx: graph.finish(
      { name: 'switchyard', version: CONVERTER_VERSION },
      { estimator: conversion.tree.toString() },
    ),
    estimator: conversion.tree.toString(),
    columns: columns.some(({ name }) => name === null)
      ? null
      : columns.map(({ name, kind }) => ({
          kind: 'column',
          name,
          type: kind === 'text' ? 'string' : 'double',
          required: true,
        })),
    takesNaN: byInput(takesNaN),
    knownValues: byInput(known),
    task,
    answer,
    refusesValues: conversion.refusesValues,
    tolerance: conversion.tolerance,
    notes: conversion.notes,
  };
}

/** Makes what the estimator gives the outputs of the graph. */
function writeAnswers(
  conversion: Conversion,
  outputs: OutputWriter,
  estimator: Stored,
  features: Features,
  method: PredictMethod,
): { readonly task: NamedTask; readonly answer: string | null } {
  if (!conversion.canPredict(estimator)) {
    const { task } = outputs.features(conversion.transform(estimator, features));
    return { task, answer: null };
  }
  const prediction = conversion.predict(estimator, features);
  const { task, probabilities } = outputs.prediction(prediction);
  if (method === 'predict') return { task, answer: null };
  const answer = method === 'predict_proba' ? probabilities : outputs.logarithms(prediction);
  if (answer === null)
    conversion.note(`${method}, which the model was logged for, is not converted: predict answers`);
  return { task, answer };
}
