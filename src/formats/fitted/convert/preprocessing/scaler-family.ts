import type { Family } from '../converter.ts';
import { binarizer } from './binarizer.ts';
import { maxAbsScaler } from './max-abs-scaler.ts';
import { minMaxScaler } from './min-max-scaler.ts';
import { normalizer } from './normalizer.ts';
import { powerTransformer } from './power-transformer.ts';
import { quantileTransformer } from './quantile-transformer.ts';
import { robustScaler } from './robust-scaler.ts';
import { standardScaler } from './standard-scaler.ts';

export const scalerFamily: Family = {
  name: 'scalers',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    StandardScaler: standardScaler,
    MinMaxScaler: minMaxScaler,
    MaxAbsScaler: maxAbsScaler,
    RobustScaler: robustScaler,
    Normalizer: normalizer,
    Binarizer: binarizer,
    PowerTransformer: powerTransformer,
    QuantileTransformer: quantileTransformer,
  },
};
