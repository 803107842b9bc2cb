import { decodeRows } from '../model/decode-rows.ts';
import type { Tensor, TensorSpec } from '../model/tensor.ts';
import { TensorWriter } from '../protocols/tensor-writer.ts';
import { datatypeOf } from '../protocols/tensors/datatypes.ts';
import type { DescribedModel } from './described-model.ts';

/** The model's example row as a request of Open Inference Protocol V2; `undefined` if there is none. */
export function inferExample({ exampleRow, signature }: DescribedModel): unknown {
  if (exampleRow === null || (signature.fixedRows ?? 1) !== 1) return undefined;
  const { tensors } = decodeRows([exampleRow], signature, () => '');
  return { inputs: signature.inputs.map((spec, index) => inputOf(spec, tensors[index]!)) };
}

function inputOf({ name, type }: TensorSpec, tensor: Tensor) {
  const writer = new TensorWriter(tensor, name, 1);
  return {
    name,
    shape: tensor.dims,
    datatype: datatypeOf(type),
    data: JSON.parse(`[${writer.elements(0)}]`),
  };
}
