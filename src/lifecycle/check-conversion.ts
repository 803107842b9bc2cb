import { GatewayError } from '../errors.ts';
import type { PreparedModel } from '../formats/model-format.ts';
import { isFloating, type Tensor } from '../model/tensor.ts';

/**
 * Refuses a graph that was made here and answers nonsense on the saved input example of its model: an output of another
 * shape than its converter declared, or a number that is none. The library gives a number for every row of its own
 * example; which one, no file of the version says.
 *
 * @param inputs, outputs of a run of the example's rows, in the signature's order.
 * @throws GatewayError UNSUPPORTED_MODEL.
 */
export function checkConversion(
  { conversion, signature }: PreparedModel,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
): void {
  if (conversion === null) return;
  const rows = inputs[0]?.dims[0] ?? 0;
  // A scaler hands NaN on.
  const mayBeNone = !inputs.every((input) => holdsOnly(input, Number.isFinite));
  for (const [index, { name, shape, type }] of signature.outputs.entries()) {
    const tensor = outputs[index];
    const wanted = [rows, ...shape.slice(1)];
    const fits =
      tensor !== undefined &&
      tensor.dims.length === wanted.length &&
      wanted.every((dim, axis) => dim === -1 || dim === tensor.dims[axis]);
    if (!fits) throw nonsense(`output "${name}" has the shape [${tensor?.dims}] instead of [${wanted}]`);
    // A probability of zero has the logarithm −Infinity, and NaN is none.
    const isNumber = name === 'log_probabilities' ? (value: number) => !Number.isNaN(value) : Number.isFinite;
    if (isFloating(type) && !mayBeNone && !holdsOnly(tensor, isNumber)) {
      throw nonsense(`output "${name}" holds what is no number`);
    }
  }
}

function holdsOnly({ type, data }: Tensor, isRight: (value: number) => boolean): boolean {
  return !isFloating(type) || type === 'float16' || Array.from(data as Float64Array).every(isRight);
}

function nonsense(what: string): GatewayError {
  return new GatewayError(
    'UNSUPPORTED_MODEL',
    `the converted graph is of no use, since on the model's own saved input example ${what}; export the model to ONNX (skl2onnx) and log it with mlflow.onnx.log_model`,
  );
}
