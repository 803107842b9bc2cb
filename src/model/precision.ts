/** What a converted graph calculates in: `double`, as the libraries do, or `float`. */
export type Precision = 'double' | 'float';

/** As numpy calls them, which is what users read and write. */
export const PRECISION_NAMES: Readonly<Record<Precision, string>> = { double: 'float64', float: 'float32' };

/** By numpy's name or ONNX's; `undefined` for anything else. */
export function parsePrecision(text: unknown): Precision | undefined {
  if (text === 'float64' || text === 'double') return 'double';
  return text === 'float32' || text === 'float' ? 'float' : undefined;
}
