import type { Family } from '../converter.ts';
import { kBinsDiscretizer } from './k-bins-discretizer.ts';
import { oneHotEncoder } from './one-hot-encoder.ts';
import { ordinalEncoder } from './ordinal-encoder.ts';
import { targetEncoder } from './target-encoder.ts';

export const encoderFamily: Family = {
  name: 'encoders',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    OneHotEncoder: oneHotEncoder,
    OrdinalEncoder: ordinalEncoder,
    TargetEncoder: targetEncoder,
    KBinsDiscretizer: kBinsDiscretizer,
  },
};
