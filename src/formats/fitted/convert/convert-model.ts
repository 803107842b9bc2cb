import type { MlModel, MlModelColumn } from '../../../model/ml-model.ts';
import type { Precision } from '../../../model/precision.ts';
import { GraphBuilder } from '../graph/graph-builder.ts';
import { Stored } from '../values/stored.ts';
import type { StoredValue } from '../values/stored-value.ts';
import { Conversion } from './conversion.ts';
import { CONVERTER_VERSION } from './converter-version.ts';
import { inputsOf } from './estimator-inputs.ts';
import { addInputs, inputName, planInputs } from './plan-inputs.ts';
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
  /** Largest |Δ| / (1 + |y|) from the library's own answers, in double precision. */
  readonly tolerance: number;
  /** Sentences for the operator. */
  readonly notes: readonly string[];
}

/**
 * A fitted model as an ONNX graph.
 *
 * @param declared the signature's inputs, as the MLmodel has them.
 * @throws GatewayError UNSUPPORTED_MODEL or INVALID_MODEL that names the class and its path.
 */
export function convertModel(
  model: StoredValue,
  declared: MlModel['inputs'],
  precision: Precision = 'double',
): ConvertedModel {
  const estimator = new Stored(model);
  const texts = declared === null || declared.length === 0 ? textColumnsOf(estimator) : undefined;
  const plan = planInputs(declared, inputsOf(estimator), texts);
  const graph = new GraphBuilder(precision);
  const features = addInputs(graph, plan);
  const conversion = new Conversion(graph);
  const { columns, isSplit } = plan;
  const inputs = isSplit ? columns.map(({ name }, at) => inputName(name, at)) : ['X'];
  const outputs = new OutputWriter(graph, inputs, conversion.failures);
  if (conversion.canPredict(estimator)) outputs.prediction(conversion.predict(estimator, features));
  else outputs.features(conversion.transform(estimator, features));
  const takesNaN = columns.map((_, column) => conversion.takesNaN(column));
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
    takesNaN: new Map(
      isSplit ? inputs.map((name, at) => [name, [takesNaN[at] as boolean]]) : [['X', takesNaN]],
    ),
    tolerance: conversion.tolerance,
    notes: conversion.notes,
  };
}
