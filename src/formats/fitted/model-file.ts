import { readdir } from 'node:fs/promises';
import { GatewayError } from '../../errors.ts';
import type { MlModel } from '../../model/ml-model.ts';
import { isFittedModelName } from '../../model/model-file-name.ts';
import { isWithin } from '../graph/external-data.ts';

/** The libraries whose models are converted, called as MLflow calls their flavours. */
export type Library = 'sklearn' | 'xgboost' | 'lightgbm';

/** How a model file is written: by Python, or in the library's own way (JSON or UBJSON of XGBoost, text of LightGBM). */
export type FileFormat = 'skops' | 'pickle' | 'xgboost' | 'lightgbm';

/** The file that holds a version's model. */
export interface FittedFile {
  readonly library: Library;
  /** Of the library that wrote it; `null` if the MLmodel does not tell. */
  readonly libraryVersion: string | null;
  /** Relative to the model directory. */
  readonly path: string;
  readonly format: FileFormat;
  /** The class that MLflow makes of a file of a library's own format, e.g. `xgboost.sklearn.XGBClassifier`. */
  readonly modelClass: string | null;
}

interface FlavorKeys {
  readonly file: string;
  readonly version: string;
  /** Where the flavour does not name the file. */
  readonly usualFile: string;
}

const FLAVORS: Readonly<Record<Library, FlavorKeys>> = {
  sklearn: { file: 'pickled_model', version: 'sklearn_version', usualFile: 'model.pkl' },
  xgboost: { file: 'data', version: 'xgb_version', usualFile: 'model.xgb' },
  lightgbm: { file: 'data', version: 'lgb_version', usualFile: 'model.lgb' },
};
const LIBRARIES = Object.keys(FLAVORS) as Library[];
const LIGHTGBM_BOOSTER = 'lightgbm.basic.Booster';

/** Whether a version with these flavours is converted, or refused by name; one that holds a graph is not. */
export function hasFittedFlavor({ flavors }: MlModel): boolean {
  return !('onnx' in flavors) && [...LIBRARIES, 'catboost'].some((library) => library in flavors);
}

/**
 * The model's file: what the MLmodel's flavour names; without an MLmodel the only model file of the directory, or the
 * one called `model` among several.
 *
 * @throws GatewayError INVALID_MODEL, or UNSUPPORTED_MODEL if there is an MLmodel without such a flavour.
 */
export async function findFittedFile(directory: string, mlmodel: MlModel | null): Promise<FittedFile> {
  if (mlmodel !== null) return fileOfFlavor(mlmodel);
  const candidates = (await readdir(directory)).filter(isFittedModelName).sort();
  const named = candidates.filter((name) => name.startsWith('model.'));
  const [path, another] = named.length === 1 ? named : candidates;
  if (path === undefined) throw new GatewayError('INVALID_MODEL', 'the directory holds no model file');
  if (another !== undefined) {
    throw new GatewayError(
      'INVALID_MODEL',
      `the directory holds several models (${candidates.slice(0, 5).join(', ')}); leave one`,
    );
  }
  return { ...loneFormat(path), libraryVersion: null, path, modelClass: null };
}

/** By the ending alone. What a pickle holds is told when it is read. */
function loneFormat(path: string): Pick<FittedFile, 'library' | 'format'> {
  if (/\.(ubj|xgb)$/.test(path)) return { library: 'xgboost', format: 'xgboost' };
  if (path.endsWith('.lgb')) return { library: 'lightgbm', format: 'lightgbm' };
  return { library: 'sklearn', format: pythonFormat(path, undefined) };
}

function fileOfFlavor(mlmodel: MlModel): FittedFile {
  const library = LIBRARIES.find((name) => name in mlmodel.flavors);
  if (library === undefined && 'catboost' in mlmodel.flavors) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      'models of CatBoost are not converted; save it with model.save_model("model.onnx", format="onnx") and log that with mlflow.onnx.log_model',
    );
  }
  if (library === undefined) {
    const names = Object.keys(mlmodel.flavors).join(', ') || 'none';
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `the MLmodel has none of the flavours ${LIBRARIES.join(', ')} (it has ${names})`,
    );
  }
  const flavor = mlmodel.flavors[library] ?? {};
  const keys = FLAVORS[library];
  const path = flavor[keys.file] ?? keys.usualFile;
  if (typeof path !== 'string' || !isWithin(path)) {
    throw new GatewayError('INVALID_MODEL', 'the MLmodel file names a model file outside of its directory');
  }
  const version = flavor[keys.version];
  return {
    library,
    libraryVersion: typeof version === 'string' || typeof version === 'number' ? String(version) : null,
    path,
    format: formatOf(library, path, flavor),
    modelClass: typeof flavor.model_class === 'string' ? flavor.model_class : null,
  };
}

/** XGBoost has a format of its own for everything, LightGBM for a Booster, which old versions of MLflow do not name. */
function formatOf(library: Library, path: string, flavor: Readonly<Record<string, unknown>>): FileFormat {
  if (library === 'xgboost') return 'xgboost';
  const isBooster = (flavor.model_class ?? LIGHTGBM_BOOSTER) === LIGHTGBM_BOOSTER;
  return library === 'lightgbm' && isBooster ? 'lightgbm' : pythonFormat(path, flavor.serialization_format);
}

function pythonFormat(path: string, serialization: unknown): FileFormat {
  return serialization === 'skops' || path.endsWith('.skops') ? 'skops' : 'pickle';
}
