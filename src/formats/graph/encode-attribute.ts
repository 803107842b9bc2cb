import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { encodePackedIntegers } from './packed-integers.ts';

/** Value of a node's attribute. `tensor` and `graph` are encoded messages. */
export type Attribute =
  | { readonly integer: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly integers: ArrayLike<number> }
  | { readonly floats: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly tensor: Uint8Array }
  | { readonly graph: Uint8Array };

/** An AttributeProto. */
export function encodeAttribute(name: string, value: Attribute): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name);
  const type = writeValue(writer, value);
  return writer.tag(20, WireType.Varint).int32(type).finish();
}

/** Writes the value and returns the number of its type. */
function writeValue(writer: BinaryWriter, value: Attribute): number {
  if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    return 1;
  }
  if ('integer' in value) {
    writer.tag(3, WireType.Varint).int64(value.integer);
    return 2;
  }
  if ('text' in value) {
    writer.tag(4, WireType.LengthDelimited).string(value.text);
    return 3;
  }
  if ('tensor' in value) {
    writer.tag(5, WireType.LengthDelimited).bytes(value.tensor);
    return 4;
  }
  if ('graph' in value) {
    writer.tag(6, WireType.LengthDelimited).bytes(value.graph);
    return 5;
  }
  if ('floats' in value) {
    for (const float of value.floats) writer.tag(7, WireType.Bit32).float(float);
    return 6;
  }
  if ('integers' in value) {
    // Packed: an ensemble of trees has millions.
    writer.tag(8, WireType.LengthDelimited).bytes(encodePackedIntegers(value.integers));
    return 7;
  }
  for (const text of value.texts) writer.tag(9, WireType.LengthDelimited).string(text);
  return 8;
}
