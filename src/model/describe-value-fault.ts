import type { ColumnDomain } from './column-domain.ts';
import type { Fault } from './store-value.ts';

const KNOWN_SHOWN = 10;
const LONGEST_SHOWN = 40;

/** Where a value should have gone, in the words of whoever asks. */
export interface FaultyTarget {
  /** `column "age"`. */
  readonly subject: string;
  /** What it takes, as the client calls it: `double`, `FP32`. */
  readonly typeName: string;
  readonly domain: ColumnDomain;
  /** The only values that are taken, where that is so. */
  readonly known?: ReadonlySet<string | number> | null;
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
    case 'unknown':
      return `${subject}: the model gives an answer only for values that it was trained on${describeKnown(target)}`;
    case 'reserved':
      return `${subject}: the string is the code point U+10FFFF, which is no character; a missing value is null`;
  }
}

/** Values are shown as JSON, the first few of them. */
function describeKnown({ known }: FaultyTarget): string {
  const values = [...(known ?? [])];
  const shown = values.slice(0, KNOWN_SHOWN).map((value) => shortened(JSON.stringify(value)));
  if (shown.length === 0) return '';
  const rest = values.length - shown.length;
  return `: ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function shortened(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
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
