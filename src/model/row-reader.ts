import {
  describeExtra,
  describeFault,
  describeListFault,
  describeMissing,
  describeRowForm,
  describeRowLength,
} from './describe-row-problem.ts';
import { GatheredRows } from './gathered-rows.ts';
import { MISSING_TEXT } from './missing-text.ts';
import { readNumberText } from './number-text.ts';
import type { ProblemList } from './problem-list.ts';
import { isWrapped, layOutRows, type RowLayout } from './row-layout.ts';
import type { RowLeniency } from './row-leniency.ts';
import type { PlannedColumn, RowPlan } from './row-plan.ts';
import { type Fault, storeValue } from './store-value.ts';
import { elementCount, type Tensor } from './tensor.ts';

const MAX_SUGGESTIONS = 20;

/** JSON pointer to what stands in a row at these steps, the first of which is the column's position or name. */
export type PlaceOf = (row: number, steps: readonly (string | number)[]) => string;

export interface RowReaderOptions {
  readonly plan: RowPlan;
  readonly rows: readonly unknown[];
  readonly place: PlaceOf;
  readonly problems: ProblemList;
  readonly leniency: RowLeniency;
}

/** Reads rows of any form once, value by value, and collects what is wrong with them. */
export class RowReader {
  readonly #plan: RowPlan;
  readonly #rows: readonly unknown[];
  readonly #place: PlaceOf;
  readonly #leniency: RowLeniency;
  readonly #problems: ProblemList;
  readonly #layout: RowLayout;
  readonly #gathered: GatheredRows;
  readonly #startingCount: number;
  /** The columns in the order of the last row's keys: rows mostly repeat it, which spares the look-up by name. */
  readonly #keyOrder: PlannedColumn[];
  /** Steps from the row to the value that is being read, as far as they are nested. */
  readonly #path: (string | number)[] = [];
  #form: 'list' | 'object' | null = null;
  /** Index of the row that is being read. */
  #row = 0;
  /** Where it is gathered. Rows after a problem are checked and overwrite each other. */
  #slot = 0;
  #suggestions = 0;
  /** How many rows lacked a column, by its position; only where that is let pass. */
  readonly #absent: number[] = [];

  constructor({ plan, rows, place, problems, leniency }: RowReaderOptions) {
    this.#plan = plan;
    this.#rows = rows;
    this.#place = place;
    this.#leniency = leniency;
    this.#problems = problems;
    this.#layout = layOutRows(plan, rows);
    this.#gathered = new GatheredRows(plan.signature.inputs, this.#layout, rows.length);
    this.#startingCount = problems.count;
    this.#keyOrder = [...plan.columns];
  }

  /** Meaningless if it added problems. */
  read(): readonly Tensor[] {
    const { length } = this.#rows;
    for (this.#row = 0; this.#row < length; this.#row++) {
      if (this.#problems.count === this.#startingCount) {
        this.#slot = this.#row;
        this.#gathered.reserve(this.#row);
      }
      this.#readRow(this.#rows[this.#row]);
    }
    this.#reportAbsent();
    return this.#problems.count === this.#startingCount ? this.#gathered.toTensors() : [];
  }

  #readRow(row: unknown): void {
    const form = formOf(row);
    const isWrongForm = form === null || (form === 'object' && this.#plan.byName === null);
    if (isWrongForm || (this.#form !== null && this.#form !== form)) {
      this.#report([], () => describeRowForm(this.#plan, row, this.#form));
      return;
    }
    this.#form = form;
    if (form === 'object') this.#readObject(row as Readonly<Record<string, unknown>>);
    else if (this.#plan.isBareCell) this.#readBareCell(row as readonly unknown[]);
    else this.#readList(row as readonly unknown[]);
  }

  #readBareCell(row: readonly unknown[]): void {
    const [planned] = this.#plan.columns;
    const wrapped = isWrapped(this.#plan, row);
    if (wrapped) this.#path.push(0);
    this.#readCell(planned!, wrapped ? row[0] : row);
    this.#path.length = 0;
  }

  #readList(row: readonly unknown[]): void {
    const { columns } = this.#plan;
    if (row.length !== columns.length) {
      this.#report([], () => describeRowLength(this.#plan, row.length));
      return;
    }
    for (let index = 0; index < columns.length; index++) {
      this.#readColumn(columns[index]!, row[index], index);
    }
  }

  #readObject(row: Readonly<Record<string, unknown>>): void {
    const { columns } = this.#plan;
    let known = 0;
    // Rows come from JSON: all keys are their own. (A check of each would double the time.)
    for (const key in row) {
      const planned = this.#findColumn(key, known);
      if (planned === undefined) {
        if (!this.#leniency.ignoresExtra) this.#reportExtra(key);
      } else {
        this.#readColumn(planned, row[key], key);
        known++;
      }
    }
    if (known < columns.length) this.#fillAbsent(row);
  }

  #findColumn(key: string, position: number): PlannedColumn | undefined {
    const expected = this.#keyOrder[position];
    if (expected !== undefined && expected.column.name === key) return expected;
    const planned = this.#plan.byName!.get(key);
    if (planned !== undefined) this.#keyOrder[position] = planned;
    return planned;
  }

  #fillAbsent(row: Readonly<Record<string, unknown>>): void {
    for (const planned of this.#plan.columns) {
      const name = planned.column.name!;
      if (Object.hasOwn(row, name)) continue;
      if (planned.mayBeAbsent) this.#fillMissing(planned);
      else if (this.#leniency.absentIsNull && planned.takesNull) {
        this.#fillMissing(planned);
        this.#absent[planned.index] = (this.#absent[planned.index] ?? 0) + 1;
      } else this.#reportMissing(planned, row);
    }
  }

  #readColumn(planned: PlannedColumn, value: unknown, step: string | number): void {
    const { input, offset } = planned.column;
    const at = this.#slot * this.#layout.widths[input]! + offset;
    if (typeof value === 'number' && Math.abs(value) < planned.plainLimit) {
      (this.#gathered.dataOf(input) as Float64Array)[at] = value;
    } else if (planned.column.cellShape.length > 0) {
      this.#path.push(step);
      this.#readCell(planned, value);
      this.#path.length = 0;
    } else {
      const fault = this.#storePlain(planned, at, value);
      if (fault !== null) this.#report([step], () => describeFault(planned, fault, value));
    }
  }

  #storePlain(planned: PlannedColumn, at: number, value: unknown): Fault | null {
    const data = this.#gathered.dataOf(planned.column.input);
    const fault = storeValue(planned, data, at, value);
    if (fault !== 'type') return fault;
    const { opensLists, readsNumbers } = this.#leniency;
    if (opensLists && Array.isArray(value) && value.length === 1 && !Array.isArray(value[0])) {
      return this.#storePlain(planned, at, value[0]);
    }
    const isNumeric = planned.domain.kind === 'floating' || planned.domain.kind === 'integer';
    const number = readsNumbers && isNumeric && typeof value === 'string' ? readNumberText(value) : null;
    return number === null ? fault : storeValue(planned, data, at, number);
  }

  /** A nested list; a column that may be absent may also be `null` as a whole. */
  #readCell(planned: PlannedColumn, value: unknown): void {
    if (value === null && planned.mayBeAbsent) this.#fillMissing(planned);
    else this.#readNested(planned, value, 0, this.#startOf(planned));
  }

  /** @returns where the next value of the cell goes. */
  #readNested(planned: PlannedColumn, value: unknown, depth: number, at: number): number {
    const shape = this.#layout.cellShapes[planned.index]!;
    const length = shape[depth]!;
    const isEmpty = length === 0 && planned.column.cellShape[depth] === -1;
    if (!Array.isArray(value) || value.length !== length || isEmpty) {
      this.#report(this.#path, () => describeListFault(planned, length, value));
      return at + elementCount(shape.slice(depth));
    }
    if (depth === shape.length - 1) {
      this.#readInnermost(planned, value, at);
      return at + length;
    }
    let next = at;
    for (let index = 0; index < length; index++) {
      this.#path.push(index);
      next = this.#readNested(planned, value[index], depth + 1, next);
      this.#path.pop();
    }
    return next;
  }

  #readInnermost(planned: PlannedColumn, values: readonly unknown[], start: number): void {
    const data = this.#gathered.dataOf(planned.column.input);
    const limit = planned.domain.kind === 'floating' ? planned.domain.limit : 0;
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (typeof value === 'number' && Math.abs(value) < limit) {
        (data as Float64Array)[start + index] = value;
        continue;
      }
      const fault = storeValue(planned, data, start + index, value);
      if (fault !== null) this.#report([...this.#path, index], () => describeFault(planned, fault, value));
    }
  }

  #reportAbsent(): void {
    for (const planned of this.#plan.columns) {
      if (this.#absent[planned.index] !== this.#rows.length) continue;
      this.#row = 0;
      this.#reportMissing(planned, this.#rows[0] as Readonly<Record<string, unknown>>);
    }
  }

  #reportMissing(planned: PlannedColumn, row: Readonly<Record<string, unknown>>): void {
    const passedOver = this.#leniency.ignoresExtra
      ? Object.keys(row).filter((key) => !this.#plan.byName!.has(key))
      : [];
    this.#report([planned.column.name!], () => describeMissing(planned, passedOver));
  }

  #fillMissing(planned: PlannedColumn): void {
    const start = this.#startOf(planned);
    const end = start + elementCount(this.#layout.cellShapes[planned.index]!);
    const data = this.#gathered.dataOf(planned.column.input);
    if (Array.isArray(data)) data.fill(MISSING_TEXT, start, end);
    else (data as Float64Array).fill(Number.NaN, start, end);
  }

  #startOf({ column }: PlannedColumn): number {
    return this.#slot * this.#layout.widths[column.input]! + column.offset;
  }

  #reportExtra(key: string): void {
    this.#report([key], () => describeExtra(this.#plan, key, this.#suggestions++ < MAX_SUGGESTIONS));
  }

  #report(steps: readonly (string | number)[], describe: () => string): void {
    this.#problems.add(() => ({
      pointer: this.#place(this.#row, steps),
      detail: describe(),
    }));
  }
}

function formOf(row: unknown): 'list' | 'object' | null {
  if (Array.isArray(row)) return 'list';
  return typeof row === 'object' && row !== null ? 'object' : null;
}
