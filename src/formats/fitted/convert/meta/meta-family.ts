import type { Family } from '../converter.ts';
import { columnTransformer } from './column-transformer.ts';
import { featureUnion } from './feature-union.ts';
import { pipeline } from './pipeline.ts';

export const metaFamily: Family = {
  name: 'compositions',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: { Pipeline: pipeline, ColumnTransformer: columnTransformer, FeatureUnion: featureUnion },
};
