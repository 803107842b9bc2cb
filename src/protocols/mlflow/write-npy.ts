import { GatewayError } from '../../errors.ts';
import type { Signature } from '../../model/signature.ts';
import type { Tensor, TensorType } from '../../model/tensor.ts';
import { shownOutputs } from '../entry-writer.ts';
import { OutputWriters } from '../output-writers.ts';

const DESCRIPTIONS: Readonly<Record<Exclude<TensorType, 'string'>, string>> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  float16: '<f2',
  int32: '<i4',
  uint32: '<u4',
  float32: '<f4',
  int64: '<i8',
  uint64: '<u8',
  float64: '<f8',
};

/** Where NumPy wants the data to begin, as a multiple of bytes. */
const ALIGNMENT = 64;
const FIXED_BYTES = 10;

/**
 * The predictions of all rows as a NumPy array, `[rows]` or `[rows, …]`; texts as NumPy's fixed-width Unicode. Numbers
 * are the bytes that the runtime gave, NaN and infinities among them.
 *
 * @throws GatewayError INVALID_INPUT if the model's prediction is more than one array, INFERENCE_FAILED if it is not
 *   one entry a row.
 */
export function writeNpy(
  outputs: readonly Tensor[],
  rows: number,
  signature: Signature,
): Uint8Array<ArrayBuffer> {
  const { outputs: shown } = shownOutputs(signature, 'predictions');
  const [only] = shown;
  if (shown.length !== 1 || only === undefined) {
    throw new GatewayError(
      'INVALID_INPUT',
      `the model answers with ${shown.length} outputs, which are not one array; accept application/json`,
    );
  }
  const { width } = new OutputWriters(outputs, signature, rows).of(only);
  const tensor = outputs[only]!;
  const shape = width === 1 ? [rows] : tensor.dims;
  if (tensor.type === 'string') return withHeader(...encodeTexts(tensor.data as string[]), shape);
  const { buffer, byteOffset, byteLength } = tensor.data as Uint8Array;
  return withHeader(DESCRIPTIONS[tensor.type], new Uint8Array(buffer, byteOffset, byteLength), shape);
}

function encodeTexts(texts: readonly string[]): readonly [string, Uint8Array] {
  const points = texts.map((text) => Array.from(text, (character) => character.codePointAt(0)!));
  const width = points.reduce((most, { length }) => Math.max(most, length), 1);
  const units = new Uint32Array(texts.length * width);
  points.forEach((line, index) => {
    units.set(line, index * width);
  });
  return [`<U${width}`, new Uint8Array(units.buffer)];
}

function withHeader(descr: string, data: Uint8Array, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`;
  const unpadded = FIXED_BYTES + dictionary.length + 1;
  const dataAt = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
  const header = `${dictionary.padEnd(dataAt - FIXED_BYTES - 1)}\n`;
  const bytes = new Uint8Array(dataAt + data.length);
  bytes.set(Buffer.from('\x93NUMPY\x01\x00', 'latin1'));
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(Buffer.from(header, 'latin1'), FIXED_BYTES);
  bytes.set(data, dataAt);
  return bytes;
}
