import type { ProblemList } from '../../model/problem-list.ts';
import { showName } from '../../model/shown-name.ts';
import { isFloating, type TensorData, type TensorType } from '../../model/tensor.ts';
import { wireWidth } from './datatypes.ts';
import { followsShape, nestedLeaves, pointerToLeaf } from './nested-leaves.ts';
import type { Elements } from './store-elements.ts';
import { numbersOfBytes, textsOfBytes } from './tensor-bytes.ts';
import type { WireDomain } from './wire-domain.ts';
import type { WireTensor } from './wire-tensor.ts';

type Located = Pick<Elements, 'source' | 'isJson' | 'locate'>;

/**
 * The elements of a tensor, `count` of them; `null` after adding a problem.
 *
 * @param type that of the tensor's datatype.
 */
export function elementsOf(
  tensor: WireTensor,
  type: TensorType,
  count: number,
  problems: ProblemList,
): Located | null {
  switch (tensor.values.kind) {
    case 'json':
      return elementsOfJson(tensor, tensor.values.data, count, problems);
    case 'bytes':
      return elementsOfBytes(tensor, tensor.values.bytes, type, count, problems);
    case 'values': {
      const { values } = tensor.values;
      if (values.length === count) return plain(tensor, values);
      problems.add(() => ({ pointer: tensor.pointer, detail: describeCount(tensor, count, values.length) }));
      return null;
    }
  }
}

function elementsOfJson(
  tensor: WireTensor,
  data: unknown,
  count: number,
  problems: ProblemList,
): Located | null {
  const pointer = `${tensor.pointer}/data`;
  const refuse = (detail: string) => {
    problems.add(() => ({ pointer, detail }));
    return null;
  };
  // A single value stands for a list of one: some clients write it so.
  const nested = nestedLeaves(Array.isArray(data) ? data : [data]);
  if (nested === null) {
    return refuse(`${subjectOf(tensor)}: the lists in "data" have different lengths or depths`);
  }
  const { leaves, dims } = nested;
  if (leaves.length !== count) return refuse(describeCount(tensor, count, leaves.length));
  if (dims.length > 1 && !followsShape(dims, tensor.shape)) {
    const [given, said] = [dims.join(', '), tensor.shape.join(', ')];
    return refuse(`${subjectOf(tensor)}: "data" is nested as [${given}], and the shape is [${said}]`);
  }
  const locate = (at: number) => ({ pointer: pointer + pointerToLeaf(dims, at), prefix: '' });
  return { source: leaves, isJson: true, locate };
}

function elementsOfBytes(
  tensor: WireTensor,
  bytes: Uint8Array,
  type: TensorType,
  count: number,
  problems: ProblemList,
): Located | null {
  if (type === 'string') {
    const texts = textsOfBytes(bytes, count);
    if (!('kind' in texts)) return plain(tensor, texts);
    const { element, kind } = texts;
    const why =
      kind === 'encoding'
        ? `element ${element} is not UTF-8 text, which the model's runtime needs`
        : `the bytes are no ${count} elements with their lengths before them (wrong from element ${element} on)`;
    problems.add(() => ({ pointer: tensor.pointer, detail: `${subjectOf(tensor)}: ${why}` }));
    return null;
  }
  const numbers = numbersIn(tensor, bytes, type, count, problems);
  if (numbers === null) return null;
  if (type === 'bool') return plain(tensor, Array.from(numbers as Uint8Array, Boolean));
  return plain(tensor, type === 'float16' ? halvesOf(numbers as Uint16Array) : numbers);
}

function plain(tensor: WireTensor, source: ArrayLike<unknown>): Located {
  const locate = (at: number) => ({ pointer: tensor.pointer, prefix: `element ${at}` });
  return { source, isJson: false, locate };
}

function numbersIn(
  tensor: WireTensor,
  bytes: Uint8Array,
  type: Exclude<TensorType, 'string'>,
  count: number,
  problems: ProblemList,
): Exclude<TensorData, string[]> | null {
  const needed = count * wireWidth(type);
  if (bytes.byteLength !== needed) {
    const shape = `the shape [${tensor.shape.join(', ')}] of ${tensor.datatype} takes ${needed} bytes`;
    const detail = `${subjectOf(tensor)}: ${shape}, got ${bytes.byteLength}`;
    problems.add(() => ({ pointer: tensor.pointer, detail }));
    return null;
  }
  const numbers = numbersOfBytes(type, bytes) as Exclude<TensorData, string[]>;
  if (type !== 'bool') return numbers;
  const odd = (numbers as Uint8Array).findIndex((byte) => byte > 1);
  if (odd < 0) return numbers;
  const detail = `${subjectOf(tensor)}: a BOOL is a byte of 0 or 1 (element ${odd} is another)`;
  problems.add(() => ({ pointer: tensor.pointer, detail }));
  return null;
}

/**
 * The elements of a tensor whose bytes are those of the graph's input: nothing is converted, and only NaN looked for
 * where it is not taken. `undefined`: they have to be read one by one; `null` after adding a problem.
 */
export function wholeBytes(
  tensor: WireTensor,
  { type, takesNaN }: WireDomain & { readonly type: TensorType },
  count: number,
  problems: ProblemList,
): TensorData | null | undefined {
  if (tensor.values.kind !== 'bytes' || type === 'string') return undefined;
  const numbers = numbersIn(tensor, tensor.values.bytes, type, count, problems);
  // Read one by one, it is said which of them is NaN.
  if (numbers !== null && isFloating(type) && !takesNaN && hasNaN(type, numbers)) return undefined;
  return numbers;
}

function hasNaN(type: TensorType, numbers: Exclude<TensorData, string[]>): boolean {
  const floats = type === 'float16' ? halvesOf(numbers as Uint16Array) : (numbers as Float32Array);
  for (let at = 0; at < floats.length; at++) if (Number.isNaN(floats[at])) return true;
  return false;
}

function halvesOf(bits: Uint16Array): Float16Array {
  return new Float16Array(bits.buffer as ArrayBuffer, bits.byteOffset, bits.length);
}

function subjectOf({ name }: WireTensor): string {
  return `input "${showName(name)}"`;
}

function describeCount(tensor: WireTensor, count: number, given: number): string {
  const shape = `the shape [${tensor.shape.join(', ')}] holds ${count} ${count === 1 ? 'value' : 'values'}`;
  return `${subjectOf(tensor)}: ${shape}, got ${given}`;
}
