import type { Family } from '../converter.ts';
import { kernelPca, nystroem, rbfSampler } from './kernel-maps.ts';
import { kernelRidge } from './kernel-ridge.ts';
import { supportVectorClassifier } from './support-vector-classifier.ts';
import { oneClassSvm, supportVectorRegressor } from './support-vector-regressor.ts';

export const svmFamily: Family = {
  name: 'kernel machines',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    KernelPCA: kernelPca,
    KernelRidge: kernelRidge,
    NuSVC: supportVectorClassifier,
    NuSVR: supportVectorRegressor,
    Nystroem: nystroem,
    OneClassSVM: oneClassSvm,
    RBFSampler: rbfSampler,
    SVC: supportVectorClassifier,
    SVR: supportVectorRegressor,
  },
};
