import { readdir } from 'node:fs/promises';
import { GatewayError } from '../../errors.ts';
import type { MlModel } from '../../model/ml-model.ts';
import { isGraphName } from '../../model/model-file-name.ts';
import { isWithin } from '../graph/external-data.ts';

const USUAL_NAME = 'model.onnx';

/**
 * The graph's file, relative to the model directory: what the MLmodel's onnx flavour names, without an MLmodel
 * `model.onnx` or else the only `.onnx` file.
 *
 * @throws GatewayError INVALID_MODEL, or UNSUPPORTED_MODEL if there is an MLmodel without that flavour.
 */
export async function findModelFile(directory: string, mlmodel: MlModel | null): Promise<string> {
  if (mlmodel !== null) return modelFileOf(mlmodel);
  const candidates = (await readdir(directory)).filter(isGraphName).sort();
  const [first] = candidates;
  if (candidates.includes(USUAL_NAME) || first === undefined) return USUAL_NAME;
  if (candidates.length === 1) return first;
  throw new GatewayError(
    'INVALID_MODEL',
    `the directory holds several models (${candidates.slice(0, 5).join(', ')}); call the one to serve ${USUAL_NAME}`,
  );
}

function modelFileOf(mlmodel: MlModel): string {
  const flavor = mlmodel.flavors.onnx;
  if (flavor === undefined) {
    const names = Object.keys(mlmodel.flavors).join(', ') || 'none';
    throw new GatewayError('UNSUPPORTED_MODEL', `the MLmodel has no onnx flavour (it has ${names})`);
  }
  const data = flavor.data ?? USUAL_NAME;
  if (typeof data === 'string' && isWithin(data)) return data;
  throw new GatewayError('INVALID_MODEL', 'the MLmodel file names a model file outside of its directory');
}
