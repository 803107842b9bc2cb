import type { Family } from '../converter.ts';
import { functionTransformer } from './function-transformer.ts';

export const functionFamily: Family = {
  name: 'functions',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: { FunctionTransformer: functionTransformer },
};
