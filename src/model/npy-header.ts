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
const DESCR = /'descr':\s*('[^']*'|\[[^\]]*\])/;
const SHAPE = /'shape':\s*\(([\d,\s]*)\)/;

/**
 * Reads the header with fixed patterns; it is Python code that is never run.
 *
 * @throws what `refusal` makes of the sentence, if this is no such file or is cut off.
 */
export function readNpyHeader(bytes: Uint8Array, refusal: (what: string) => GatewayError): NpyHeader {
  const { text, dataAt } = headerText(bytes, refusal);
  const descr = DESCR.exec(text);
  const shape = SHAPE.exec(text);
  if (descr === null || shape === null) throw refusal('its header does not describe an array');
  return {
    descr: descr[1]!,
    isFortran: /'fortran_order':\s*True/.test(text),
    shape: [...shape[1]!.matchAll(/\d+/g)].map(([dim]) => Number(dim)),
    dataAt,
  };
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
