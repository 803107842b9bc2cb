import type { Family } from '../converter.ts';
import { factorAnalysis } from './factor-analysis.ts';
import { fastIca, principalComponents, truncatedSvd } from './linear-decompositions.ts';
import { randomProjection } from './random-projection.ts';

export const decompositionFamily: Family = {
  name: 'decompositions',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    FactorAnalysis: factorAnalysis,
    FastICA: fastIca,
    GaussianRandomProjection: randomProjection,
    IncrementalPCA: principalComponents,
    PCA: principalComponents,
    SparseRandomProjection: randomProjection,
    TruncatedSVD: truncatedSvd,
  },
};
