import { isWithin } from './column-domain.ts';
import { compareOutputs } from './compare-outputs.ts';
import { type PlannedColumn, planRows, type RowPlan } from './row-plan.ts';
import { showName } from './shown-name.ts';
import type { Signature } from './signature.ts';

/**
 * Why clients of `current` cannot be moved to `next` (contract 4.6): a sentence for each way in which rows that
 * `decodeRows` takes for `current` are refused for `next` or would mean another column there, and for each way in
 * which the answers have another form. Empty: compatible.
 *
 * Both plans come from the table that also checks requests (`column-domain.ts`), so the two cannot disagree. Errs on
 * the side of a sentence: a signature that takes the same rows by other means (four columns for one column of four)
 * is reported.
 *
 * @throws GatewayError INVALID_MODEL if a column of either cannot feed its input.
 */
export function compareSignatures(current: Signature, next: Signature): readonly string[] {
  return [
    ...compareRowCounts(current, next),
    ...compareColumns(planRows(current), planRows(next)),
    ...compareOutputs(current, next),
  ];
}

function compareRowCounts(current: Signature, next: Signature): string[] {
  if (next.fixedRows === null || next.fixedRows === current.fixedRows) return [];
  const before = current.fixedRows === null ? 'any number of rows' : `${current.fixedRows}`;
  return [`it takes exactly ${next.fixedRows} rows at a time, the current version ${before}`];
}

function compareColumns(current: RowPlan, next: RowPlan): string[] {
  if (current.signature.variableWidth || next.signature.variableWidth) return compareWidths(current, next);
  if (current.byName !== null && next.byName !== null) {
    return compareNamed(current.columns, next.columns, current.byName, next.byName);
  }
  const problems: string[] = [];
  if (current.byName !== null) problems.push('its columns have no names, so rows by name would be refused');
  if (current.columns.length !== next.columns.length) {
    problems.push(`it takes ${next.columns.length} columns, the current version ${current.columns.length}`);
    return problems;
  }
  current.columns.forEach((column, index) => {
    problems.push(...compareColumn(column, next.columns[index]!, `column ${index}`));
  });
  return problems;
}

function compareWidths(current: RowPlan, next: RowPlan): string[] {
  if (current.signature.variableWidth && !next.signature.variableWidth) {
    return [`it takes rows of ${next.columns.length} columns, the current version rows of any width`];
  }
  const problems: string[] = [];
  if (current.byName !== null) problems.push('its columns have no names, so rows by name would be refused');
  if (current.signature.variableWidth) {
    return [...problems, ...compareColumn(current.columns[0]!, next.columns[0]!, 'a value')];
  }
  // Each value of the current columns becomes one of the values of a row of any width.
  const value = { ...next.columns[0]!, column: { ...next.columns[0]!.column, cellShape: [] } };
  current.columns.forEach((column, index) => {
    problems.push(...compareColumn(column, value, `column ${index}`));
  });
  return problems;
}

type ByName = NonNullable<RowPlan['byName']>;

function compareNamed(
  current: readonly PlannedColumn[],
  next: readonly PlannedColumn[],
  currentByName: ByName,
  nextByName: ByName,
): string[] {
  const problems: string[] = [];
  for (const [name, column] of currentByName) {
    const counterpart = nextByName.get(name);
    const label = `column "${showName(name)}"`;
    if (counterpart === undefined) problems.push(`${label} is gone, so rows that name it would be refused`);
    else problems.push(...compareColumn(column, counterpart, label));
  }
  for (const [name, { mayBeAbsent }] of nextByName) {
    if (currentByName.has(name)) continue;
    const refused = mayBeAbsent ? 'rows by position' : 'rows';
    problems.push(`column "${showName(name)}" is new, so ${refused} without it would be refused`);
  }
  const isSameSet =
    current.length === next.length && current.every(({ column }) => nextByName.has(column.name!));
  if (isSameSet && current.some(({ column }, index) => column.name !== next[index]!.column.name)) {
    problems.push('the columns stand in another order, so rows by position would be misread');
  }
  return problems;
}

function compareColumn(current: PlannedColumn, next: PlannedColumn, label: string): string[] {
  const problems: string[] = [];
  if (!isWithin(current.domain, next.domain)) {
    problems.push(`${label} takes ${typeName(next)}, in the current version ${typeName(current)}`);
  }
  const before = current.column.cellShape;
  const after = next.column.cellShape;
  const fits = before.length === after.length && after.every((dim, axis) => dim < 0 || dim === before[axis]);
  if (!fits) problems.push(`${label} takes ${shapeName(after)}, in the current version ${shapeName(before)}`);
  if (current.takesNull && !next.takesNull) problems.push(`${label} does not take null any more`);
  if (current.mayBeAbsent && !next.mayBeAbsent) problems.push(`${label} can no longer be left out`);
  return problems;
}

function typeName({ column, tensorType }: PlannedColumn): string {
  return `${column.type} values (fed as ${tensorType})`;
}

function shapeName(shape: readonly number[]): string {
  return shape.length === 0 ? 'plain values' : `lists of shape [${shape.join(', ')}]`;
}
