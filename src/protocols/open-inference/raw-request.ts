import { GatewayError } from '../../errors.ts';
import { ProblemList } from '../../model/problem-list.ts';
import { showName } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import { elementCount } from '../../model/tensor.ts';
import { decodeUtf8 } from '../exact-json.ts';
import type { DecodedBody } from '../json-codec.ts';
import { datatypeOf, wireWidth } from '../tensors/datatypes.ts';
import { readTensors } from '../tensors/read-tensors.ts';
import type { WireTensor } from '../tensors/wire-tensor.ts';
import type { InferForm } from './infer-request.ts';

/**
 * A body without any JSON: the bytes of the model's only input (`Inference-Header-Content-Length: 0`). The one dimension
 * that varies follows from their number; of texts there is one, which is the whole body. All outputs come back as bytes.
 *
 * @throws GatewayError INVALID_INPUT if the model or the bytes are not like that.
 */
export function decodeRaw(bytes: Uint8Array, signature: Signature): DecodedBody<InferForm> {
  const problems = new ProblemList();
  const tensors = [onlyTensor(bytes, signature)];
  const decoded = readTensors({ tensors, signature, problems });
  problems.throwIfAny();
  const outputs = signature.outputs.map((_, output) => ({ output, isBinary: true, classes: 0 }));
  return { ...decoded, form: { id: null, outputs, timeoutMs: 0 } };
}

function onlyTensor(bytes: Uint8Array, signature: Signature): WireTensor {
  const [input, ...others] = signature.inputs;
  if (input === undefined || others.length > 0) {
    throw unfit(`the model has ${signature.inputs.length} inputs; say in JSON which bytes are whose`);
  }
  const { name, type, shape } = input;
  const common = { name, datatype: datatypeOf(type), pointer: '' };
  if (type === 'string') {
    if (elementCount(shape.slice(1).map(Math.abs)) !== 1) {
      throw unfit(`input "${showName(name)}" takes several texts; say in JSON where each ends`);
    }
    const values = { kind: 'values', values: [decodeUtf8(bytes)] } as const;
    return { ...common, shape: shape.map(() => 1), values };
  }
  const fixed = elementCount(shape.filter((dim) => dim !== -1)) * wireWidth(type);
  if (shape.filter((dim) => dim === -1).length > 1) {
    throw unfit(`input "${showName(name)}" has several variable dimensions; say its shape in JSON`);
  }
  if (bytes.byteLength === 0 || bytes.byteLength % fixed !== 0) {
    throw unfit(
      `input "${showName(name)}" takes ${fixed} bytes or a multiple of them, got ${bytes.byteLength}`,
    );
  }
  const values = { kind: 'bytes', bytes } as const;
  return { ...common, shape: shape.map((dim) => (dim === -1 ? bytes.byteLength / fixed : dim)), values };
}

function unfit(why: string): GatewayError {
  return new GatewayError('INVALID_INPUT', `the body cannot be the bytes of one tensor: ${why}`);
}
