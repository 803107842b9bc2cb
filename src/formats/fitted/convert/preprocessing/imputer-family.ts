import type { Family } from '../converter.ts';
import { kNeighborsImputer } from './k-neighbors-imputer.ts';
import { missingIndicator } from './missing-indicator.ts';
import { simpleImputer } from './simple-imputer.ts';

export const imputerFamily: Family = {
  name: 'imputers',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    KNNImputer: kNeighborsImputer,
    MissingIndicator: missingIndicator,
    SimpleImputer: simpleImputer,
  },
};
