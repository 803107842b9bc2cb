import type { Family } from '../converter.ts';
import { calibratedClassifier } from './calibrated-classifier.ts';
import { classifierChain, regressorChain } from './chain.ts';
import { columnTransformer } from './column-transformer.ts';
import { constantPredictor } from './constant-predictor.ts';
import { dummyClassifier } from './dummy-classifier.ts';
import { dummyRegressor } from './dummy-regressor.ts';
import { featureUnion } from './feature-union.ts';
import { frozenEstimator } from './frozen-estimator.ts';
import { isotonicRegression } from './isotonic.ts';
import { multiOutputClassifier, multiOutputRegressor } from './multi-output.ts';
import { oneVsOne } from './one-vs-one.ts';
import { oneVsRest } from './one-vs-rest.ts';
import { outputCode } from './output-code.ts';
import { pipeline } from './pipeline.ts';
import { search } from './search.ts';
import { selfTraining } from './self-training.ts';
import { stackingClassifier, stackingRegressor } from './stacking.ts';
import { fixedThreshold, tunedThreshold } from './threshold-classifier.ts';
import { transformedTargetRegressor } from './transformed-target-regressor.ts';
import { votingClassifier } from './voting-classifier.ts';
import { votingRegressor } from './voting-regressor.ts';

export const metaFamily: Family = {
  name: 'compositions',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    Pipeline: pipeline,
    ColumnTransformer: columnTransformer,
    FeatureUnion: featureUnion,
    GridSearchCV: search,
    RandomizedSearchCV: search,
    HalvingGridSearchCV: search,
    HalvingRandomSearchCV: search,
    VotingClassifier: votingClassifier,
    VotingRegressor: votingRegressor,
    StackingClassifier: stackingClassifier,
    StackingRegressor: stackingRegressor,
    CalibratedClassifierCV: calibratedClassifier,
    FrozenEstimator: frozenEstimator,
    SelfTrainingClassifier: selfTraining,
    FixedThresholdClassifier: fixedThreshold,
    TunedThresholdClassifierCV: tunedThreshold,
    MultiOutputClassifier: multiOutputClassifier,
    MultiOutputRegressor: multiOutputRegressor,
    ClassifierChain: classifierChain,
    RegressorChain: regressorChain,
    OneVsRestClassifier: oneVsRest,
    OneVsOneClassifier: oneVsOne,
    OutputCodeClassifier: outputCode,
    _ConstantPredictor: constantPredictor,
    TransformedTargetRegressor: transformedTargetRegressor,
    IsotonicRegression: isotonicRegression,
    DummyClassifier: dummyClassifier,
    DummyRegressor: dummyRegressor,
  },
};
