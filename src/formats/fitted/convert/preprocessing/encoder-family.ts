import type { Family } from '../converter.ts';
import { oneHotEncoder } from './one-hot-encoder.ts';

export const encoderFamily: Family = {
  name: 'encoders',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: { OneHotEncoder: oneHotEncoder },
};
