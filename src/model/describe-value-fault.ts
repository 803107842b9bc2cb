import type { ColumnDomain } from './column-domain.ts';
import type { Fault } from './store-value.ts';

/** Where a value should have gone, in the words of whoever asks. */
export interface FaultyTarget {
  /** `column "age"`. */
  readonly subject: string;
  /** What it takes, as the client calls it: `double`, `FP32`. */
  readonly typeName: string;
  readonly domain: ColumnDomain;
}

/** The sentence for a value that `storeValue` refused. @param given as `describeJsonType` says it. */
export function describeValueFault(target: FaultyTarget, fault: Fault, given: string): string {
  const { subject, typeName, domain } = target;
  switch (fault) {
    case 'type':
      if ((given === 'null' || given === 'NaN') && domain.kind === 'floating') {
        return `${subject}: ${given} is not accepted, because the model gives no answer for missing values`;
      }
      return `${subject}: expected ${expectedValue(target)}, got ${given}`;
    case 'fraction':
      return `${subject}: expected ${expectedValue(target)}, got a decimal number`;
    case 'range':
      return `${subject}: the number is outside the range of ${typeName}${describeRange(domain)}`;
    case 'surrogate':
      return `${subject}: the string has half of a surrogate pair, which is no valid text`;
    case 'nul':
      return `${subject}: the string has a NUL character, which the model's runtime cannot take`;
    case 'reserved':
      return `${subject}: the string is the code point U+10FFFF, which is no character; a missing value is null`;
  }
}

function expectedValue({ domain, typeName }: FaultyTarget): string {
  const type = `(${typeName})`;
  switch (domain.kind) {
    case 'boolean':
      return `true or false ${type}`;
    case 'integer':
      return `an integer ${type}`;
    case 'floating':
      return `a number ${type}`;
    case 'string':
      return 'a string';
  }
}

function describeRange(domain: ColumnDomain): string {
  if (domain.kind !== 'integer') return '';
  return ` (${BigInt(domain.min)} to ${BigInt(domain.end) - 1n})`;
}
