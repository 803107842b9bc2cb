import { GatewayError } from '../../../errors.ts';
import type { Stored } from '../values/stored.ts';
import { bayesFamily } from './bayes/bayes-family.ts';
import { lightgbmFamily } from './boosters/lightgbm/lightgbm-family.ts';
import { xgboostFamily } from './boosters/xgboost/xgboost-family.ts';
import { clusterFamily } from './clusters/cluster-family.ts';
import type { Converter, Family } from './converter.ts';
import { covarianceFamily } from './covariance/covariance-family.ts';
import { decompositionFamily } from './decomposition/decomposition-family.ts';
import { discriminantFamily } from './discriminant/discriminant-family.ts';
import { ensembleFamily } from './ensembles/ensemble-family.ts';
import { EXPORT_INSTEAD } from './export-instead.ts';
import { gaussianProcessFamily } from './gaussian-process/gaussian-process-family.ts';
import { linearFamily } from './linear/linear-family.ts';
import { metaFamily } from './meta/meta-family.ts';
import { neighborFamily } from './neighbors/neighbor-family.ts';
import { networkFamily } from './network/network-family.ts';
import { preprocessingFamilies } from './preprocessing/preprocessing-families.ts';
import { svmFamily } from './svm/svm-family.ts';
import { treeFamily } from './trees/tree-family.ts';

/** Every family of estimators that can be converted. */
export const FAMILIES: readonly Family[] = [
  linearFamily,
  bayesFamily,
  clusterFamily,
  covarianceFamily,
  decompositionFamily,
  discriminantFamily,
  neighborFamily,
  gaussianProcessFamily,
  networkFamily,
  ...preprocessingFamilies,
  metaFamily,
  svmFamily,
  treeFamily,
  ensembleFamily,
  xgboostFamily,
  lightgbmFamily,
];

/** A converter, with what is to be expected of it. */
export interface KnownConverter extends Converter {
  readonly tolerance: number;
}

const CONVERTERS: ReadonlyMap<string, KnownConverter> = new Map(
  FAMILIES.flatMap(({ library, tolerance, converters }) =>
    Object.entries(converters).map(
      ([name, converter]) => [`${library} ${name}`, { tolerance, ...converter }] as const,
    ),
  ),
);
const LIBRARIES: ReadonlySet<string> = new Set(FAMILIES.map(({ library }) => library));

/**
 * The converter of an estimator's class, by its name alone.
 *
 * @throws GatewayError UNSUPPORTED_MODEL that names the class and its path, and says what to do.
 */
export function converterOf(estimator: Stored): KnownConverter {
  const { typeName, className, label } = estimator;
  if (typeName === null || className === null) {
    throw new GatewayError('INVALID_MODEL', `${estimator.path || 'the model'} is no estimator but ${label}`);
  }
  const library = libraryOf(typeName);
  const converter = findConverter(estimator);
  if (converter !== undefined) return converter;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    LIBRARIES.has(library)
      ? `${label} (${typeName}) is not converted to a graph yet; ${EXPORT_INSTEAD}`
      : `${label} is a class of its own code (${typeName}), which is never executed; ${EXPORT_INSTEAD}`,
  );
}

/** As `converterOf`; `undefined` for what is no estimator, or none that is converted. */
export function findConverter({ typeName, className }: Stored): KnownConverter | undefined {
  return typeName === null ? undefined : CONVERTERS.get(`${libraryOf(typeName)} ${className}`);
}

function libraryOf(typeName: string): string {
  return typeName.slice(0, typeName.indexOf('.'));
}
