import type { DecodedRows } from '../../model/decode-rows.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { showName } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import type { Tensor } from '../../model/tensor.ts';
import { fillInput } from './fill-input.ts';
import { type Match, matchTensors } from './match-tensors.ts';
import { planTensors } from './tensor-plan.ts';
import type { WireTensor } from './wire-tensor.ts';

/** What `readTensors` reads, and where problems go. */
export interface TensorSource {
  readonly tensors: readonly WireTensor[];
  readonly signature: Signature;
  readonly problems: ProblemList;
}

/**
 * Named tensors of a request as the tensors that the graph takes: found by name (`matchTensors`), of the right shape and
 * all of the same number of rows, their values taken by the rules that hold for rows as well (contract section 5).
 * Adds every problem; if there are any afterwards, the tensors mean nothing. Zero rows are rows.
 */
export function readTensors({ tensors, signature, problems }: TensorSource): DecodedRows {
  const before = problems.count;
  const plan = planTensors(signature);
  const shaped = matchTensors(tensors, plan, problems).map((matches) =>
    matches.filter((match) => checkShape(match, problems)),
  );
  const rows = agreeOnRows(shaped.flat(), signature, problems);
  const filled: Tensor[] = [];
  for (const input of plan.inputs) {
    const tensor = fillInput({ input, matches: shaped[input.index]!, rows, problems });
    if (tensor !== null) filled.push(tensor);
  }
  return { tensors: problems.count === before ? filled : [], rows };
}

function checkShape({ tensor, input, column }: Match, problems: ProblemList): boolean {
  const expected = column === null ? input.spec.shape : [-1, ...column.column.cellShape];
  if (fits(tensor.shape, expected)) return true;
  const wanted = expected.map((dim, axis) => (axis === 0 ? -1 : dim)).join(', ');
  problems.add(() => ({
    pointer: `${tensor.pointer}/shape`,
    detail: `input "${showName(tensor.name)}": expected the shape [${wanted}], got [${tensor.shape.join(', ')}]`,
  }));
  return false;
}

/** A trailing 1 may stand or not: a column is `[rows]` or `[rows, 1]`. The number of rows is a matter of its own. */
function fits(shape: readonly number[], expected: readonly number[]): boolean {
  if (shape.length === 0) return false;
  const given = shape.slice(1);
  const wanted = expected.slice(1);
  if (given.length === 0 && wanted.length === 1) given.push(1);
  if (wanted.length === 0 && given.length === 1) wanted.push(1);
  const isSame = (dim: number, axis: number) => (dim === -1 ? given[axis]! > 0 : dim === given[axis]);
  return given.length === wanted.length && wanted.every(isSame);
}

function agreeOnRows(matches: readonly Match[], signature: Signature, problems: ProblemList): number {
  const [first] = matches;
  if (first === undefined) return 0;
  const rows = first.tensor.shape[0]!;
  for (const { tensor } of matches) {
    if (tensor.shape[0] === rows) continue;
    const [own, other] = [showName(tensor.name), showName(first.tensor.name)];
    const detail = `input "${own}" has ${tensor.shape[0]} rows, and input "${other}" has ${rows}`;
    problems.add(() => ({ pointer: `${tensor.pointer}/shape/0`, detail }));
  }
  const { fixedRows } = signature;
  if (fixedRows !== null && rows !== fixedRows) {
    const detail = `the model takes exactly ${fixedRows} ${fixedRows === 1 ? 'row' : 'rows'}, got ${rows}`;
    problems.add(() => ({ pointer: `${first.tensor.pointer}/shape/0`, detail }));
  }
  return rows;
}
