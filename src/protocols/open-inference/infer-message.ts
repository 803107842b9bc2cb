import { GatewayError } from '../../errors.ts';
import { findIntended } from '../../model/misspelling.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { showName } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import type { WireTensor, WireValues } from '../tensors/wire-tensor.ts';
import type { InferRequest, RequestedOutput } from './infer-request.ts';

/** `InferParameter`; 64-bit integers are decimal texts. */
export interface ParameterMessage {
  readonly bool_param?: boolean;
  readonly int64_param?: string;
  readonly string_param?: string;
  readonly double_param?: number;
  readonly uint64_param?: string;
}

type ParameterMessages = Readonly<Record<string, ParameterMessage>>;

/** `InferTensorContents`. */
export interface ContentsMessage {
  readonly bool_contents?: readonly boolean[];
  readonly int_contents?: readonly number[];
  readonly int64_contents?: readonly string[];
  readonly uint_contents?: readonly number[];
  readonly uint64_contents?: readonly string[];
  readonly fp32_contents?: readonly number[];
  readonly fp64_contents?: readonly number[];
  readonly bytes_contents?: readonly Uint8Array[];
}

/** `ModelInferRequest` of `proto/open-inference.proto`; lists are always there, other fields only with a value. */
export interface InferRequestMessage {
  readonly model_name?: string;
  readonly model_version?: string;
  readonly id?: string;
  readonly parameters?: ParameterMessages;
  readonly inputs: readonly {
    readonly name?: string;
    readonly datatype?: string;
    readonly shape: readonly string[];
    readonly parameters?: ParameterMessages;
    readonly contents?: ContentsMessage;
  }[];
  readonly outputs: readonly { readonly name?: string; readonly parameters?: ParameterMessages }[];
  readonly raw_input_contents: readonly Uint8Array[];
}

type InputMessage = InferRequestMessage['inputs'][number];
type ContentsField = keyof ContentsMessage;

const FIELD_OF_DATATYPE: ReadonlyMap<string, ContentsField> = new Map([
  ['BOOL', 'bool_contents'],
  ['INT8', 'int_contents'],
  ['INT16', 'int_contents'],
  ['INT32', 'int_contents'],
  ['INT64', 'int64_contents'],
  ['UINT8', 'uint_contents'],
  ['UINT16', 'uint_contents'],
  ['UINT32', 'uint_contents'],
  ['UINT64', 'uint64_contents'],
  ['FP32', 'fp32_contents'],
  ['FP64', 'fp64_contents'],
  ['BYTES', 'bytes_contents'],
]);

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a request over gRPC. Parameters that are not known are left alone. If `problems` has any afterwards, the rest
 * means nothing.
 *
 * @throws GatewayError NOT_IMPLEMENTED for shared memory.
 */
export function readInferMessage(
  message: InferRequestMessage,
  signature: Signature,
  problems: ProblemList,
): InferRequest {
  const { inputs, raw_input_contents: raw } = message;
  const refuse = (pointer: string, detail: string) => problems.add(() => ({ pointer, detail }));
  if (inputs.length === 0) refuse('/inputs', 'the request has no inputs');
  if (raw.length > 0 && raw.length !== inputs.length) {
    const detail = `there are ${inputs.length} inputs and ${raw.length} raw contents; send one for each input, in their order`;
    refuse('/raw_input_contents', detail);
  }
  const tensors = inputs.map((input, index) =>
    readInput({ input, raw: raw.length > 0 ? raw[index] : null, pointer: `/inputs/${index}`, refuse }),
  );
  return {
    id: message.id || null,
    tensors: tensors.filter((tensor) => tensor !== null),
    outputs: readOutputs(message, signature, refuse),
    timeoutMs: integerOf(message.parameters?.timeout) / 1000,
  };
}

type Refuse = (pointer: string, detail: string) => void;

interface InputSource {
  readonly input: InputMessage;
  /** `null`: the request has its values in contents. */
  readonly raw: Uint8Array | null | undefined;
  readonly pointer: string;
  readonly refuse: Refuse;
}

function readInput({ input, raw, pointer, refuse }: InputSource): WireTensor | null {
  refuseSharedMemory(input.parameters);
  const { name = '', datatype = '' } = input;
  const shape = input.shape.map(Number);
  if (shape.some((dim) => dim < 0 || !Number.isSafeInteger(dim))) {
    refuse(`${pointer}/shape`, 'dimensions must be integers of at least 0');
    return null;
  }
  const filled = fieldsOf(input.contents);
  if (raw !== null && filled.length > 0) {
    refuse(`${pointer}/contents`, 'values are in "raw_input_contents" for all inputs or for none');
    return null;
  }
  if (raw === undefined) return null; // told already
  const values =
    raw === null ? readContents(input, filled, pointer, refuse) : ({ kind: 'bytes', bytes: raw } as const);
  return values && { name, datatype, shape, pointer, values };
}

function fieldsOf(contents: ContentsMessage | undefined): readonly ContentsField[] {
  const fields = [...new Set(FIELD_OF_DATATYPE.values())];
  return fields.filter((field) => (contents?.[field]?.length ?? 0) > 0);
}

function readContents(
  { datatype = '', contents = {} }: InputMessage,
  filled: readonly ContentsField[],
  pointer: string,
  refuse: Refuse,
): WireValues | null {
  const field = FIELD_OF_DATATYPE.get(datatype);
  if (field === undefined) {
    // FP16 has no field; other names are refused for what they are when the tensor is read.
    if (datatype !== 'FP16') return { kind: 'values', values: [] };
    refuse(pointer, 'FP16 has no field in "contents"; send its bytes in "raw_input_contents"');
    return null;
  }
  const other = filled.find((candidate) => candidate !== field);
  if (other !== undefined) {
    refuse(`${pointer}/contents`, `values of ${datatype} are in "${field}", and "${other}" has some, too`);
    return null;
  }
  if (field === 'bytes_contents') return readTexts(contents.bytes_contents ?? [], pointer, refuse);
  if (field === 'int64_contents' || field === 'uint64_contents')
    return { kind: 'values', values: (contents[field] ?? []).map(BigInt) };
  return { kind: 'values', values: contents[field] ?? [] };
}

function readTexts(elements: readonly Uint8Array[], pointer: string, refuse: Refuse): WireValues | null {
  try {
    return { kind: 'values', values: elements.map((element) => UTF8.decode(element)) };
  } catch {
    refuse(`${pointer}/contents/bytes_contents`, 'an element is not UTF-8 text');
    return null;
  }
}

function readOutputs(
  { outputs }: InferRequestMessage,
  signature: Signature,
  refuse: Refuse,
): readonly RequestedOutput[] {
  if (outputs.length === 0)
    return signature.outputs.map((_, output) => ({ output, isBinary: true, classes: 0 }));
  const seen = new Set<string>();
  return outputs.flatMap(({ name = '', parameters }, index) => {
    refuseSharedMemory(parameters);
    const pointer = `/outputs/${index}/name`;
    const output = signature.outputs.findIndex((spec) => spec.name === name);
    if (output < 0) refuse(pointer, describeUnknown(name, signature));
    if (seen.has(name)) refuse(pointer, 'the output is asked for twice');
    seen.add(name);
    const classes = integerOf(parameters?.classification);
    if (classes > 0 && signature.outputs[output]?.type === 'string')
      refuse(`/outputs/${index}/parameters/classification`, 'only an output of numbers can be classified');
    return output < 0 ? [] : [{ output, isBinary: true, classes }];
  });
}

function describeUnknown(name: string, { outputs }: Signature): string {
  const intended = findIntended(
    name,
    outputs.map((output) => output.name),
  );
  const hint = intended === null ? '' : `; did you mean "${showName(intended)}"?`;
  return `the model has no output "${showName(name)}"${hint}`;
}

/** An integer of at least 0; 0 if there is none. */
function integerOf(parameter: ParameterMessage | undefined): number {
  const value = Number(parameter?.int64_param ?? parameter?.uint64_param ?? 0);
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function refuseSharedMemory(parameters: ParameterMessages | undefined): void {
  if (parameters === undefined || !Object.hasOwn(parameters, 'shared_memory_region')) return;
  throw new GatewayError(
    'NOT_IMPLEMENTED',
    'shared memory is not offered; send the values in the request, in "raw_input_contents" or "contents"',
  );
}
