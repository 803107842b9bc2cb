import { GatewayError } from '../../errors.ts';
import { describeJsonType } from '../../model/describe-row-problem.ts';
import { findIntended } from '../../model/misspelling.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { showName } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import type { WireTensor } from '../tensors/wire-tensor.ts';
import { BlobReader } from './blob-reader.ts';
import { type JsonObject, Reader } from './reader.ts';

/** An output that the answer has, and how it is written. */
export interface RequestedOutput {
  /** Index into `Signature.outputs`. */
  readonly output: number;
  /** As bytes behind the JSON. */
  readonly isBinary: boolean;
  /** Above 0: instead of its values the so many greatest of each row, as texts (Triton's classification extension). */
  readonly classes: number;
}

/** What a request says beside its tensors. */
export interface InferForm {
  /** `null`: the request has none. */
  readonly id: string | null;
  /** In the order of the answer. */
  readonly outputs: readonly RequestedOutput[];
  /** How long it may wait for its run, in milliseconds; 0: no shorter than any request. */
  readonly timeoutMs: number;
}

/** The envelope of a request. */
export interface InferRequest extends InferForm {
  readonly tensors: readonly WireTensor[];
}

/** Triton's limit. */
const MOST_CLASSES = 1_000_000;

/**
 * Reads the JSON of an inference request. Keys that are not known are left alone, parameters too, as every server of this
 * protocol does. If `problems` has any afterwards, the rest means nothing.
 *
 * @param body as `parseExactJson` gives it.
 * @param blobs the bytes behind the JSON; `null` where there can be none.
 * @throws GatewayError NOT_IMPLEMENTED for shared memory.
 */
export function readInferRequest(
  body: unknown,
  blobs: Uint8Array | null,
  signature: Signature,
  problems: ProblemList,
): InferRequest {
  const reader = new Reader(problems);
  const envelope = reader.object(body, '', 'the body');
  if (envelope === null) return { id: null, tensors: [], outputs: [], timeoutMs: 0 };
  const parameters = reader.parameters(envelope, '');
  const blobReader = new BlobReader(blobs, problems);
  const tensors = readInputs(envelope, reader, blobReader);
  blobReader.end();
  const binaryByDefault = reader.flag(parameters, 'binary_data_output', '/parameters') ?? false;
  return {
    // An empty one is none.
    id: reader.text(envelope, 'id', '') || null,
    tensors,
    outputs: readOutputs(envelope, binaryByDefault, signature, reader),
    timeoutMs: (reader.integer(parameters, 'timeout', '/parameters') ?? 0) / 1000,
  };
}

function readInputs(envelope: JsonObject, reader: Reader, blobs: BlobReader): readonly WireTensor[] {
  const { inputs } = envelope;
  if (!Array.isArray(inputs) || inputs.length === 0) {
    const given = Array.isArray(inputs) ? 'an empty one' : describeJsonType(inputs);
    reader.add('/inputs', `"inputs" must be a list of tensors, got ${given}`);
    return [];
  }
  return inputs.flatMap((input, index) => readInput(input, `/inputs/${index}`, reader, blobs));
}

/** One tensor, or none after adding problems. */
function readInput(
  value: unknown,
  pointer: string,
  reader: Reader,
  blobs: BlobReader,
): readonly WireTensor[] {
  const input = reader.object(value, pointer, 'an input');
  if (input === null) return [];
  const name = reader.text(input, 'name', pointer, true);
  const datatype = reader.text(input, 'datatype', pointer, true);
  const shape = reader.shape(input, pointer);
  const parameters = reader.parameters(input, pointer);
  refuseSharedMemory(parameters);
  const size = reader.integer(parameters, 'binary_data_size', `${pointer}/parameters`);
  const bytes = size === undefined ? undefined : blobs.take(size, pointer);
  const { data } = input;
  // Some clients write what is not there as null.
  const hasData = data !== undefined && data !== null;
  if (hasData === (size !== undefined)) {
    const which = hasData ? 'both "data" and "binary_data_size"' : 'neither "data" nor "binary_data_size"';
    reader.add(pointer, `an input has its values in one place; this one has ${which}`);
    return [];
  }
  if (name === undefined || datatype === undefined || shape === undefined || bytes === null) return [];
  const values =
    bytes === undefined ? ({ kind: 'json', data } as const) : ({ kind: 'bytes', bytes } as const);
  return [{ name, datatype, shape, pointer, values }];
}

function readOutputs(
  envelope: JsonObject,
  binaryByDefault: boolean,
  signature: Signature,
  reader: Reader,
): readonly RequestedOutput[] {
  const { outputs } = envelope;
  if (outputs === undefined || outputs === null || (Array.isArray(outputs) && outputs.length === 0)) {
    return signature.outputs.map((_, output) => ({ output, isBinary: binaryByDefault, classes: 0 }));
  }
  if (!Array.isArray(outputs)) {
    reader.add('/outputs', `"outputs" must be a list, got ${describeJsonType(outputs)}`);
    return [];
  }
  if (outputs.length > signature.outputs.length) {
    reader.add(
      '/outputs',
      `the model has ${signature.outputs.length} outputs, and ${outputs.length} are asked for`,
    );
    return [];
  }
  const seen = new Set<number>();
  return outputs.flatMap((value, index) => {
    const pointer = `/outputs/${index}`;
    const requested = readOutput(value, pointer, binaryByDefault, signature, reader);
    if (requested === null) return [];
    if (seen.has(requested.output)) reader.add(`${pointer}/name`, 'the output is asked for twice');
    seen.add(requested.output);
    return [requested];
  });
}

function readOutput(
  value: unknown,
  pointer: string,
  binaryByDefault: boolean,
  signature: Signature,
  reader: Reader,
): RequestedOutput | null {
  const requested = reader.object(value, pointer, 'an output');
  if (requested === null) return null;
  const name = reader.text(requested, 'name', pointer, true);
  const parameters = reader.parameters(requested, pointer);
  refuseSharedMemory(parameters);
  const own = `${pointer}/parameters`;
  const isBinary = reader.flag(parameters, 'binary_data', own) ?? binaryByDefault;
  const classes = reader.integer(parameters, 'classification', own) ?? 0;
  if (name === undefined) return null;
  const output = signature.outputs.findIndex((spec) => spec.name === name);
  if (output < 0) {
    reader.add(`${pointer}/name`, describeUnknown(name, signature));
    return null;
  }
  if (classes > 0 && signature.outputs[output]!.type === 'string') {
    reader.add(`${own}/classification`, 'only an output of numbers can be classified');
  }
  return { output, isBinary, classes: Math.min(classes, MOST_CLASSES) };
}

function describeUnknown(name: string, { outputs }: Signature): string {
  const names = outputs.map((output) => output.name);
  const intended = findIntended(name, names);
  const shown = names.slice(0, 8).map((known) => `"${showName(known)}"`);
  const hint = intended === null ? `it has ${shown.join(', ')}` : `did you mean "${showName(intended)}"?`;
  return `the model has no output "${showName(name)}"; ${hint}`;
}

function refuseSharedMemory(parameters: JsonObject | null): void {
  if (parameters === null || parameters.shared_memory_region === undefined) return;
  throw new GatewayError(
    'NOT_IMPLEMENTED',
    'shared memory is not offered; send the values in the request, as "data" or with "binary_data_size"',
  );
}
