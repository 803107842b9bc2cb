import type { Family } from '../converter.ts';
import { functionTransformer } from './function-transformer.ts';
import { polynomialFeatures } from './polynomial-features.ts';
import { splineTransformer } from './spline-transformer.ts';

export const functionFamily: Family = {
  name: 'functions of columns',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    FunctionTransformer: functionTransformer,
    PolynomialFeatures: polynomialFeatures,
    SplineTransformer: splineTransformer,
  },
};
