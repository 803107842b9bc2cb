import type { Stored } from '../values/stored.ts';

const NAMES: Readonly<Record<string, string>> = {
  float: 'f8',
  float64: 'f8',
  float32: 'f4',
  float16: 'f2',
  int: 'i8',
  int64: 'i8',
  int32: 'i4',
  bool: 'b1',
  bool_: 'b1',
  object: 'O',
};

/**
 * What a parameter like `dtype=np.float32` says, in numpy's short form (`f4`); what is not known by it is given as it
 * stands. Files hold such a parameter as a class, a dtype or a text.
 */
export function dtypeName(stored: Stored): string {
  const { value, typeName, className } = stored;
  if (typeof value === 'string') return NAMES[value] ?? value;
  if (typeName === 'numpy.dtype' && stored.isObject) {
    const [text] = (value as { readonly args: readonly unknown[] }).args;
    return typeof text === 'string' ? text : 'O';
  }
  return NAMES[className ?? ''] ?? className ?? stored.label;
}
