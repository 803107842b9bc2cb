import { describeValueFault } from './describe-value-fault.ts';
import { findIntended } from './misspelling.ts';
import type { PlannedColumn, RowPlan } from './row-plan.ts';
import { showName } from './shown-name.ts';
import type { Fault } from './store-value.ts';

const NAMES_LISTED = 8;

/** What a JSON value is, for messages. */
export function describeJsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'an integer' : 'a decimal number';
    case 'bigint':
      return 'an integer';
    case 'boolean':
      return 'a boolean';
    case 'string':
      return 'a string';
    case 'undefined':
      return 'nothing';
    default:
      return 'an object';
  }
}

/** The sentence for a value that `storeValue` refused. */
export function describeFault(planned: PlannedColumn, fault: Fault, value: unknown): string {
  const target = {
    subject: describeColumn(planned),
    typeName: typeName(planned),
    domain: planned.domain,
    known: planned.known,
  };
  return describeValueFault(target, fault, describeJsonType(value));
}

/** The sentence for a nested list that is no list, or has another length than the column's cell shape. */
export function describeListFault(planned: PlannedColumn, length: number, value: unknown): string {
  const column = describeColumn(planned);
  const wanted = `expected a list of ${count(length, 'entry', 'entries')}`;
  if (!Array.isArray(value)) return `${column}: ${wanted}, got ${describeJsonType(value)}`;
  if (planned.column.cellShape.includes(-1)) {
    return value.length === 0 && length === 0
      ? `${column}: the list must not be empty`
      : `${column}: ${wanted}, as in the first row, got ${value.length}`;
  }
  return `${column}: ${wanted}, got ${value.length}`;
}

/** @param passedOver names of columns that the model does not have, one of which may have been meant for this one. */
export function describeMissing(planned: PlannedColumn, passedOver: readonly string[] = []): string {
  const intended = findIntended(planned.column.name ?? '', passedOver);
  const hint = intended === null ? '' : `; did you mean it by "${showName(intended)}"?`;
  const column = `${describeColumn(planned)} is missing${hint}`;
  if (planned.column.required) return column;
  return `${column}; it is optional, but the model takes no value in its place`;
}

/** @param suggest false once a request has had its share of suggestions, which cost more than anything else here. */
export function describeExtra(plan: RowPlan, name: string, suggest: boolean): string {
  const intended = suggest ? findIntended(name, plan.byName?.keys() ?? []) : null;
  const hint = intended === null ? '' : `; did you mean "${showName(intended)}"?`;
  return `the model has no column "${showName(name)}"${hint}`;
}

export function describeRowLength(plan: RowPlan, length: number): string {
  const names = [...(plan.byName?.keys() ?? [])];
  const shown = names.slice(0, NAMES_LISTED).map(showName);
  if (names.length > shown.length) shown.push('…');
  const list = shown.length > 0 ? ` (${shown.join(', ')})` : '';
  return `expected ${count(plan.columns.length, 'value', 'values')}${list}, got ${length}`;
}

/** The sentence for a row that has the wrong form altogether, or another form than the rows before it. */
export function describeRowForm(plan: RowPlan, value: unknown, others: 'list' | 'object' | null): string {
  const given = describeJsonType(value);
  if (plan.byName === null && given === 'an object') {
    return `the model's columns have no names, so a row must be ${expectedRow(plan)}; got an object`;
  }
  if (others !== null && (given === 'a list' || given === 'an object')) {
    return `expected ${others === 'list' ? 'a list' : 'an object'} as in the rows before, got ${given}`;
  }
  const byName = plan.byName === null ? '' : ' or an object';
  return `expected ${expectedRow(plan)}${byName}, got ${given}`;
}

function expectedRow(plan: RowPlan): string {
  if (plan.signature.variableWidth) return 'a list of values';
  const length = plan.isBareCell ? plan.columns[0]!.column.cellShape[0]! : plan.columns.length;
  return length < 0 ? 'a list' : `a list of ${count(length, 'value', 'values')}`;
}

function describeColumn({ column, index }: PlannedColumn): string {
  if (column.name !== null) return `column "${showName(column.name)}"`;
  return column.cellShape.length > 0 ? 'value' : `value ${index}`;
}

// Where the graph is narrower than the declared type, both are named: "double, fed as int64".
function typeName({ column, tensorType, domain }: PlannedColumn): string {
  const isNarrowed = domain.kind === 'integer' && (column.type === 'double' || column.type === 'float');
  return isNarrowed ? `${column.type}, fed as ${tensorType}` : column.type;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
