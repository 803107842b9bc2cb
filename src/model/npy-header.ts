import type { GatewayError } from '../errors.ts';

/** What a `.npy` file tells of its array (NumPy's format, versions 1 to 3). */
export interface NpyHeader {
  /** The text of its dtype as Python writes it: `'<f8'` with the quotes, or a list of fields. */
  readonly descr: string;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin, in bytes. */
  readonly dataAt: number;
}

const MAGIC = '\x93NUMPY';
/** NumPy itself refuses to evaluate longer ones. */
const MAX_HEADER_BYTES = 65_536;
const DESCR = /\s*('[^']*'|\[[^\]]*\])/y;
const SHAPE = /\s*\(([\d,\s]*)\)/y;
const ORDER = /\s*(True|False)/y;

/**
 * Reads the header with fixed patterns; it is Python code that is never run.
 *
 * @throws what `refusal` makes of the sentence, if this is no such file or is cut off.
 */
export function readNpyHeader(bytes: Uint8Array, refusal: (what: string) => GatewayError): NpyHeader {
  const { text, dataAt } = headerText(bytes, refusal);
  const descr = member(text, 'descr', DESCR);
  const shape = member(text, 'shape', SHAPE);
  if (descr === null || shape === null) throw refusal('its header does not describe an array');
  return {
    descr,
    isFortran: member(text, 'fortran_order', ORDER) === 'True',
    shape: [...shape.matchAll(/\d+/g)].map(([dim]) => Number(dim)),
    dataAt,
  };
}

/** The value of the first member of this name: only there is the pattern tried, or a long header would take long. */
function member(text: string, name: string, pattern: RegExp): string | null {
  const key = `'${name}':`;
  const at = text.indexOf(key);
  if (at < 0) return null;
  pattern.lastIndex = at + key.length;
  return pattern.exec(text)?.[1] ?? null;
}

function headerText(
  bytes: Uint8Array,
  refusal: (what: string) => GatewayError,
): { readonly text: string; readonly dataAt: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (latin1.toString('latin1', 0, MAGIC.length) !== MAGIC || version === undefined || bytes.length < 12) {
    throw refusal('it does not begin as one');
  }
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) throw refusal('its header is too long');
  if (start + length > bytes.length) throw refusal('it is cut off');
  return { text: latin1.toString('latin1', start, start + length), dataAt: start + length };
}
