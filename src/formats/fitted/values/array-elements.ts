import { GatewayError } from '../../../errors.ts';
import { type DtypeField, elementsIn, type NdArray, type PlainDtype } from './nd-array.ts';

/** Where the elements of one field (or of a whole plain array) lie. */
interface Layout {
  readonly dtype: PlainDtype;
  readonly offset: number;
  readonly stride: number;
}

/**
 * Elements in row-major order as doubles; booleans are 0 and 1.
 *
 * @throws GatewayError INVALID_MODEL if the elements are no numbers, or integers that a double cannot hold.
 */
export function numbersOf(array: NdArray, field?: string): Float64Array {
  const layout = layoutOf(array, field);
  const read = numberReader(layout.dtype);
  const result = new Float64Array(elementsIn(array.shape));
  forEachElement(array, layout, (view, at, index) => {
    result[index] = read(view, at);
  });
  return result;
}

/** Integer elements in row-major order, exact. @throws GatewayError INVALID_MODEL if they are no integers. */
export function integersOf(array: NdArray, field?: string): BigInt64Array {
  const layout = layoutOf(array, field);
  const { letter, itemBytes, littleEndian } = layout.dtype;
  if (letter !== 'i' && letter !== 'u') throw wrongElements(layout.dtype, 'integers');
  const result = new BigInt64Array(elementsIn(array.shape));
  const read = numberReader(layout.dtype);
  forEachElement(array, layout, (view, at, index) => {
    result[index] =
      itemBytes < 8
        ? BigInt(read(view, at))
        : letter === 'i'
          ? view.getBigInt64(at, littleEndian)
          : view.getBigUint64(at, littleEndian);
  });
  return result;
}

/** Texts in row-major order, without the zeros that fill them up. @throws GatewayError INVALID_MODEL. */
export function textsOf(array: NdArray): string[] {
  const layout = layoutOf(array);
  const { letter, itemBytes, littleEndian } = layout.dtype;
  if (letter !== 'U') throw wrongElements(layout.dtype, 'texts');
  const result: string[] = new Array(elementsIn(array.shape)).fill('');
  forEachElement(array, layout, (view, at, index) => {
    const points: number[] = [];
    for (let offset = 0; offset < itemBytes; offset += 4)
      points.push(view.getUint32(at + offset, littleEndian));
    while (points.at(-1) === 0) points.pop();
    if (points.some((point) => point > 0x10ffff))
      throw new GatewayError('INVALID_MODEL', 'a text is no Unicode');
    result[index] = points.map((point) => String.fromCodePoint(point)).join('');
  });
  return result;
}

/** Plain scalars in row-major order: booleans, numbers, bigints where they are unsafe, texts. */
export function scalarsOf(array: NdArray): (string | number | bigint | boolean)[] {
  switch (array.dtype.letter) {
    case 'U':
      return textsOf(array);
    case 'b':
      return Array.from(numbersOf(array), (value) => value !== 0);
    case 'i':
    case 'u':
      return Array.from(integersOf(array), (value) =>
        Number.isSafeInteger(Number(value)) ? Number(value) : value,
      );
    default:
      return [...numbersOf(array)];
  }
}

export function isNumeric(dtype: NdArray['dtype']): boolean {
  return dtype.letter === 'b' || dtype.letter === 'i' || dtype.letter === 'u' || dtype.letter === 'f';
}

function layoutOf(array: NdArray, field?: string): Layout {
  const { dtype } = array;
  if (dtype.letter !== 'record') {
    if (field !== undefined) throw new GatewayError('INVALID_MODEL', `the elements have no field "${field}"`);
    return { dtype, offset: 0, stride: dtype.itemBytes };
  }
  const found: DtypeField | undefined = dtype.fields.find(({ name }) => name === field);
  if (found === undefined) {
    throw new GatewayError(
      'INVALID_MODEL',
      field === undefined ? 'the elements are records' : `the records have no field "${field}"`,
    );
  }
  return { dtype: found.dtype, offset: found.offset, stride: dtype.itemBytes };
}

type Visit = (view: DataView, at: number, index: number) => void;

function forEachElement(array: NdArray, { offset, stride }: Layout, visit: Visit): void {
  const { bytes, shape } = array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = elementsIn(shape);
  if (!array.isFortran || shape.length < 2) {
    for (let index = 0; index < count; index += 1) visit(view, index * stride + offset, index);
    return;
  }
  const strides = shape.map((_, axis) => elementsIn(shape.slice(0, axis)));
  for (let index = 0; index < count; index += 1) {
    let rest = index;
    let position = 0;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const dim = shape[axis] as number;
      position += (rest % dim) * (strides[axis] as number);
      rest = Math.floor(rest / dim);
    }
    visit(view, position * stride + offset, index);
  }
}

function numberReader({
  letter,
  itemBytes,
  littleEndian,
}: PlainDtype): (view: DataView, at: number) => number {
  switch (`${letter}${itemBytes}`) {
    case 'b1':
      return (view, at) => (view.getUint8(at) === 0 ? 0 : 1);
    case 'i1':
      return (view, at) => view.getInt8(at);
    case 'u1':
      return (view, at) => view.getUint8(at);
    case 'i2':
      return (view, at) => view.getInt16(at, littleEndian);
    case 'u2':
      return (view, at) => view.getUint16(at, littleEndian);
    case 'i4':
      return (view, at) => view.getInt32(at, littleEndian);
    case 'u4':
      return (view, at) => view.getUint32(at, littleEndian);
    case 'i8':
      return littleEndian ? littleInt64 : (view, at) => safe(view.getBigInt64(at));
    case 'u8':
      return (view, at) => safe(view.getBigUint64(at, littleEndian));
    case 'f2':
      return (view, at) => view.getFloat16(at, littleEndian);
    case 'f4':
      return (view, at) => view.getFloat32(at, littleEndian);
    case 'f8':
      return (view, at) => view.getFloat64(at, littleEndian);
    default:
      throw wrongElements({ letter, itemBytes, littleEndian }, 'numbers');
  }
}

/** Without a bigint, of which forests would need millions. */
function littleInt64(view: DataView, at: number): number {
  const number = view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  return Number.isSafeInteger(number) ? number : safe(view.getBigInt64(at, true));
}

function safe(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new GatewayError('INVALID_MODEL', `the integer ${value} is too large for a double`);
}

function wrongElements({ letter, itemBytes }: PlainDtype, wanted: string): GatewayError {
  return new GatewayError('INVALID_MODEL', `the elements are no ${wanted} but "${letter}${itemBytes}"`);
}
