import type { Signature } from '../../../src/model/signature.ts';
import { column, columnarSignature, matrixSignature } from '../../model/sample-signatures.ts';

/** Three doubles for one float matrix; `height` may be missing, and takes NaN, like `depth`. */
export const BOXES: Signature = matrixSignature('float32', [
  column('width'),
  column('height', 'double', { required: false, takesNaN: true }),
  column('depth', 'double', { takesNaN: true }),
]);

/** An input for each column. */
export const TYPED: Signature = columnarSignature([
  { ...column('l', 'long'), tensor: 'int64' },
  { ...column('i', 'integer'), tensor: 'int32' },
  { ...column('d', 'double'), tensor: 'float64' },
  { ...column('s', 'string'), tensor: 'string' },
  { ...column('b', 'boolean'), tensor: 'bool' },
]);

/** Two columns without names, by a signature of an unnamed tensor. */
export const TENSOR: Signature = matrixSignature('float32', [column(null, 'float'), column(null, 'float')]);

/** The same without a signature. */
export const UNDECLARED: Signature = { ...TENSOR, source: 'graph' };

/** One column. */
export const SINGLE: Signature = matrixSignature('float32', [column('x')]);
