import type { DecodedRows } from '../../model/decode-rows.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { pointerStep } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import { datatypeOf } from '../tensors/datatypes.ts';
import { readTensors } from '../tensors/read-tensors.ts';
import type { WireTensor } from '../tensors/wire-tensor.ts';
import { openBase64 } from './base64-texts.ts';

/** Tensors by the names of the graph's inputs, or of the signature's columns; or the only input's tensor itself. */
export function readColumns(inputs: unknown, signature: Signature, problems: ProblemList): DecodedRows {
  const hasTexts = signature.inputs.some(({ type }) => type === 'string');
  const values = hasTexts ? openBase64(inputs) : inputs;
  if (typeof values === 'object' && values !== null && !Array.isArray(values))
    return readNamedTensors(Object.entries(values), '/inputs', signature, problems);
  const [first] = signature.inputs;
  if (signature.inputs.length > 1) {
    const names = signature.inputs.map(({ name }) => name).slice(0, 8);
    const detail = `the model has several inputs, so name each: {"inputs": {"${names.join('": …, "')}": …}}`;
    problems.add(() => ({ pointer: '/inputs', detail }));
  }
  return readNamedTensors([[first!.name, values]], null, signature, problems);
}

/** @param base pointer of what has the names; `null`: the value itself is `/inputs`. */
export function readNamedTensors(
  entries: readonly (readonly [string, unknown])[],
  base: string | null,
  signature: Signature,
  problems: ProblemList,
): DecodedRows {
  const tensors = entries.map(
    ([name, value]): WireTensor => ({
      name,
      datatype: datatypeFor(name, signature),
      shape: shapeOf(value),
      pointer: base === null ? '/inputs' : base + pointerStep(name),
      values: { kind: 'json', data: value },
    }),
  );
  return readTensors({ tensors, signature, problems });
}

/** JSON says no datatypes, so a tensor has the one that the model takes. */
function datatypeFor(name: string, { inputs, columns }: Signature): string {
  const input = inputs.find((candidate) => candidate.name === name);
  const column = columns.find((candidate) => candidate.name === name);
  return datatypeOf((input ?? inputs[column?.input ?? 0]!).type);
}

/** Lengths of the lists, following first elements; uneven ones are refused when the values are read. */
function shapeOf(value: unknown): readonly number[] {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner) && shape.length < 64; inner = inner[0])
    shape.push(inner.length);
  return shape;
}
