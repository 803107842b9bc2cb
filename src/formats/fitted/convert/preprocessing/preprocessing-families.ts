import type { Family } from '../converter.ts';
import { selectionFamily } from '../selection/selection-family.ts';
import { textFamily } from '../text/text-family.ts';
import { encoderFamily } from './encoder-family.ts';
import { functionFamily } from './function-family.ts';
import { imputerFamily } from './imputer-family.ts';
import { scalerFamily } from './scaler-family.ts';

/** Families of transformers that come before an estimator, in the order of the table of estimators. */
export const preprocessingFamilies: readonly Family[] = [
  scalerFamily,
  imputerFamily,
  encoderFamily,
  functionFamily,
  selectionFamily,
  textFamily,
];
