import type { Family } from '../converter.ts';
import { linearDiscriminant } from './linear-discriminant.ts';
import { quadraticDiscriminant } from './quadratic-discriminant.ts';

export const discriminantFamily: Family = {
  name: 'discriminant analysis',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    LinearDiscriminantAnalysis: linearDiscriminant,
    QuadraticDiscriminantAnalysis: quadraticDiscriminant,
  },
};
