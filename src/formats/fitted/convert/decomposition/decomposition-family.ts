import type { Family } from '../converter.ts';
import { factorAnalysis } from './factor-analysis.ts';
import { fastIca, principalComponents, truncatedSvd } from './linear-decompositions.ts';

export const decompositionFamily: Family = {
  name: 'decompositions',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    FactorAnalysis: factorAnalysis,
    FastICA: fastIca,
    IncrementalPCA: principalComponents,
    PCA: principalComponents,
    TruncatedSVD: truncatedSvd,
  },
};
