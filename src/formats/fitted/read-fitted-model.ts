import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../../errors.ts';
import type { MlModel } from '../../model/ml-model.ts';
import { readLightgbmBooster } from './files/lightgbm/lightgbm-estimator.ts';
import { readPickle } from './files/pickle/read-pickle.ts';
import { readSkops } from './files/skops/read-skops.ts';
import { readXgboostEstimator } from './files/xgboost/xgboost-estimator.ts';
import { type FileFormat, findFittedFile, type Library } from './model-file.ts';
import { Stored } from './values/stored.ts';
import type { StoredValue } from './values/stored-value.ts';

/** A model as it was read, and from what. */
export interface FittedModel {
  readonly value: StoredValue;
  readonly fileFormat: FileFormat;
  readonly library: Library;
  /** Of the library that wrote it, by the model itself or by the MLmodel. */
  readonly libraryVersion: string | null;
}

/** It is read whole. The largest forests that are worth serving have some 100 MB. */
const MAX_FILE_BYTES = 1024 ** 3;

/** @param modelClass what MLflow makes of the file, where the file alone does not tell. */
type Reader = (bytes: Uint8Array, modelClass: string | null) => StoredValue;

const READERS: Readonly<Record<FileFormat, Reader>> = {
  pickle: readPickle,
  skops: readSkops,
  xgboost: (bytes, modelClass) => readXgboostEstimator(bytes, modelClass ?? undefined),
  lightgbm: readLightgbmBooster,
};

/**
 * Reads the model file of a version as data: the one that the MLmodel's flavour names.
 *
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL.
 */
export async function readFittedModel(directory: string, mlmodel: MlModel | null): Promise<FittedModel> {
  const { path, format, library, libraryVersion, modelClass } = await findFittedFile(directory, mlmodel);
  const value = READERS[format](await readModelBytes(join(directory, path), path), modelClass);
  return { value, fileFormat: format, library, libraryVersion: ownVersion(value) ?? libraryVersion };
}

async function readModelBytes(path: string, name: string): Promise<Uint8Array> {
  const stats = await stat(path).catch(() => null);
  if (stats === null || !stats.isFile()) {
    throw new GatewayError('INVALID_MODEL', `the file "${name}" of the model is missing`);
  }
  if (stats.size > MAX_FILE_BYTES) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `the file "${name}" has ${stats.size} bytes, and models up to ${MAX_FILE_BYTES} are converted`,
    );
  }
  return readFile(path);
}

/** scikit-learn writes its version into the state of every estimator. */
function ownVersion(value: StoredValue): string | null {
  const version = new Stored(value);
  const own = version.isObject ? version.find('_sklearn_version') : null;
  return own !== null && typeof own.value === 'string' ? own.value : null;
}
