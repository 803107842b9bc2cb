import type { Family } from '../converter.ts';
import { ellipticEnvelope } from './elliptic-envelope.ts';

export const covarianceFamily: Family = {
  name: 'covariances',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: { EllipticEnvelope: ellipticEnvelope },
};
