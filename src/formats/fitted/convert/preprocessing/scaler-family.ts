import type { Family } from '../converter.ts';
import { standardScaler } from './standard-scaler.ts';

export const scalerFamily: Family = {
  name: 'scalers',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: { StandardScaler: standardScaler },
};
