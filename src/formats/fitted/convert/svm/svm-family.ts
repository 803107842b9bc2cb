import type { Family } from '../converter.ts';
import { additiveChi2Sampler, skewedChi2Sampler } from './chi-squared-maps.ts';
import { kernelPca, nystroem, rbfSampler } from './kernel-maps.ts';
import { kernelRidge } from './kernel-ridge.ts';
import { supportVectorClassifier } from './support-vector-classifier.ts';
import { oneClassSvm, supportVectorRegressor } from './support-vector-regressor.ts';

export const svmFamily: Family = {
  name: 'kernel machines',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    AdditiveChi2Sampler: additiveChi2Sampler,
    KernelPCA: kernelPca,
    KernelRidge: kernelRidge,
    NuSVC: supportVectorClassifier,
    NuSVR: supportVectorRegressor,
    Nystroem: nystroem,
    OneClassSVM: oneClassSvm,
    RBFSampler: rbfSampler,
    SVC: supportVectorClassifier,
    SVR: supportVectorRegressor,
    SkewedChi2Sampler: skewedChi2Sampler,
  },
};
