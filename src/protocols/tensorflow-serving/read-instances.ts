import { type DecodedRows, readRows } from '../../model/decode-rows.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { pointerStep } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import { openBase64 } from './base64-texts.ts';
import { readNamedTensors } from './read-columns.ts';

type Named = Readonly<Record<string, unknown>>;

/**
 * Instances as rows. Each is a list of a row's values, a plain value where the model has one column, or an object:
 * of columns, as KServe's clients send it, or of the graph's inputs, as TensorFlow Serving's do.
 */
export function readInstances(
  instances: readonly unknown[],
  signature: Signature,
  problems: ProblemList,
): DecodedRows {
  const hasTexts = signature.inputs.some(({ type }) => type === 'string');
  const rows = hasTexts ? instances.map(openBase64) : instances;
  if (namesInputs(rows[0], signature)) return readByInput(rows, signature, problems);
  const hasOneColumn = signature.columns.length === 1 && signature.columns[0]!.cellShape.length === 0;
  return readRows({
    rows: hasOneColumn ? rows.map(asRow) : rows,
    signature,
    at: (row) => `/instances/${row}`,
    problems,
  });
}

/** A plain value stands for the row that has nothing else. */
function asRow(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? value : [value];
}

/** Whether an object has the names of inputs that are no columns. */
function namesInputs(instance: unknown, { inputs, columns }: Signature): boolean {
  if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) return false;
  const isColumn = (key: string) => columns.some(({ name }) => name === key);
  const isInput = (key: string) => inputs.some(({ name }) => name === key);
  return Object.keys(instance).some((key) => isInput(key) && !isColumn(key));
}

function readByInput(rows: readonly unknown[], signature: Signature, problems: ProblemList): DecodedRows {
  const names = Object.keys(rows[0] as Named);
  for (const [row, instance] of rows.entries()) {
    const keys = typeof instance === 'object' && instance !== null ? Object.keys(instance) : [];
    const odd = names.find((name) => !keys.includes(name)) ?? keys.find((key) => !names.includes(key));
    if (odd === undefined) continue;
    const detail = 'all instances must be objects with the same keys';
    problems.add(() => ({ pointer: `/instances/${row}${pointerStep(odd)}`, detail }));
  }
  problems.throwIfAny();
  const stacked = names.map((name) => [name, rows.map((row) => (row as Named)[name])] as const);
  return readNamedTensors(stacked, '/instances', signature, problems);
}
