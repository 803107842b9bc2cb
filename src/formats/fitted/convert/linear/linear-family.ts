import type { Converter, Family } from '../converter.ts';
import { logLinkRegressor, tweedieRegressor } from './generalized-linear-regressor.ts';
import { linearClassifier } from './linear-classifier.ts';
import { linearRegressor } from './linear-regressor.ts';
import { logisticRegression } from './logistic-regression.ts';
import { partialLeastSquares, plsSvd } from './partial-least-squares.ts';
import { ransacRegressor } from './ransac-regressor.ts';
import { ridgeClassifier } from './ridge-classifier.ts';
import { sgdClassifier } from './sgd-classifier.ts';
import { sgdOneClassSvm } from './sgd-one-class-svm.ts';

/** They differ in how they are fitted, not in what is fitted. */
const PLAIN_REGRESSORS = [
  'ARDRegression',
  'BayesianRidge',
  'ElasticNet',
  'ElasticNetCV',
  'HuberRegressor',
  'Lars',
  'LarsCV',
  'Lasso',
  'LassoCV',
  'LassoLars',
  'LassoLarsCV',
  'LassoLarsIC',
  'LinearRegression',
  'LinearSVR',
  'MultiTaskElasticNet',
  'MultiTaskElasticNetCV',
  'MultiTaskLasso',
  'MultiTaskLassoCV',
  'OrthogonalMatchingPursuit',
  'OrthogonalMatchingPursuitCV',
  'PassiveAggressiveRegressor',
  'QuantileRegressor',
  'Ridge',
  'RidgeCV',
  'SGDRegressor',
  'TheilSenRegressor',
];

export const linearFamily: Family = {
  name: 'linear models',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    ...Object.fromEntries(PLAIN_REGRESSORS.map((name): [string, Converter] => [name, linearRegressor])),
    CCA: partialLeastSquares,
    GammaRegressor: logLinkRegressor,
    LinearSVC: linearClassifier,
    LogisticRegression: logisticRegression,
    LogisticRegressionCV: logisticRegression,
    PassiveAggressiveClassifier: linearClassifier,
    Perceptron: linearClassifier,
    PLSCanonical: partialLeastSquares,
    PLSRegression: partialLeastSquares,
    PLSSVD: plsSvd,
    PoissonRegressor: logLinkRegressor,
    RANSACRegressor: ransacRegressor,
    RidgeClassifier: ridgeClassifier,
    RidgeClassifierCV: ridgeClassifier,
    SGDClassifier: sgdClassifier,
    SGDOneClassSVM: sgdOneClassSvm,
    TweedieRegressor: tweedieRegressor,
  },
};
