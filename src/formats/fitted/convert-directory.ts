import { performance } from 'node:perf_hooks';
import type { Precision } from '../../model/precision.ts';
import { quote } from '../graph/quote.ts';
import { readMlModel } from '../read-ml-model.ts';
import { convertModel } from './convert/convert-model.ts';
import { CONVERTER_VERSION } from './convert/converter-version.ts';
import { predictMethodOf } from './convert/predict-method.ts';
import type { ConvertedGraph } from './converted-graph.ts';
import { readFittedModel } from './read-fitted-model.ts';

/**
 * Reads the model in `directory` and makes it a graph.
 *
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL.
 */
export async function convertDirectory(
  directory: string,
  precision: Precision,
): Promise<{ readonly onnx: Uint8Array; readonly converted: ConvertedGraph }> {
  const started = performance.now();
  const mlmodel = await readMlModel(directory);
  const { value, fileFormat, library, libraryVersion } = await readFittedModel(directory, mlmodel);
  const predictFn = mlmodel?.flavors.python_function?.predict_fn ?? 'predict';
  const method = predictMethodOf(predictFn);
  const model = convertModel(value, mlmodel?.inputs ?? null, precision, method ?? 'predict');
  const { onnx, estimator, tolerance, columns, takesNaN, knownValues, task, answer } = model;
  const notes = [...model.notes];
  if (method === null) notes.push(`predict_fn ${quote(String(predictFn))} is not followed: predict answers`);
  const report = {
    sourceFormat: fileFormat,
    library,
    libraryVersion,
    converterVersion: CONVERTER_VERSION,
    estimator,
    conversionMs: Math.round((performance.now() - started) * 10) / 10,
    fromCache: false,
    graphBytes: onnx.length,
    precision,
    tolerance,
    refusesValues: model.refusesValues,
  };
  return {
    onnx,
    converted: {
      report,
      facts: {
        columns,
        takesNaN,
        knownValues,
        task,
        invocations: answer === null ? 'predictions' : { output: answer },
      },
      notes,
    },
  };
}
