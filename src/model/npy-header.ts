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

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
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
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 12 || MAGIC.some((byte, at) => file[at] !== byte))
    throw refusal('it does not begin as one');
  const isFirstVersion = file[6] === 1;
  const start = isFirstVersion ? 10 : 12;
  const length = isFirstVersion ? file.readUInt16LE(8) : file.readUInt32LE(8);
  if (length > MAX_HEADER_BYTES) throw refusal('its header is too long');
  if (start + length > bytes.length) throw refusal('it is cut off');
  return { text: file.toString('latin1', start, start + length), dataAt: start + length };
}
