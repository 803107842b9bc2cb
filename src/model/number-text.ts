const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The number that a text is, exact for integers of any length; `null` if it is none. Spaces around it do not count;
 * `nan`, `inf`, digits with underscores and other things that Python would read are no numbers.
 */
export function readNumberText(text: string): number | bigint | null {
  const literal = text.trim();
  if (INTEGER.test(literal)) {
    const number = Number(literal);
    return Number.isSafeInteger(number) ? number : BigInt(literal.replace('+', ''));
  }
  return DECIMAL.test(literal) ? Number(literal) : null;
}
