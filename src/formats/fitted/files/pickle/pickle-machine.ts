import type { StoredList, StoredName, StoredValue } from '../../values/stored-value.ts';
import type { ArrayDtype } from '../array-dtype.ts';
import { HEAP_COST, type HeapBudget } from '../heap-budget.ts';
import { normalName } from '../normal-name.ts';
import { broken, type PickleCursor } from './pickle-cursor.ts';

/**
 * The state of reading a pickle: the machine that pickle's opcodes drive, except that it has no way to call
 * anything.
 */
export class PickleMachine {
  readonly cursor: PickleCursor;
  readonly budget: HeapBudget;
  /** What the dtypes of the file mean; the values themselves are inert. */
  readonly dtypes = new Map<StoredValue, ArrayDtype>();
  readonly #stack: StoredValue[] = [];
  /** Heights of the stack at which a MARK stands. Nothing below the last one can be taken. */
  readonly #marks: number[] = [];
  #fence = 0;
  /** Values in the order in which they were stored, which are nearly always counted on from 0. */
  readonly #memo: StoredValue[] = [];
  /** Those of other indices, which the file chooses: 2^32−1 is a legal one. */
  readonly #scattered = new Map<number, StoredValue>();
  readonly #names = new Map<string, StoredName>();

  constructor(cursor: PickleCursor, budget: HeapBudget) {
    this.cursor = cursor;
    this.budget = budget;
  }

  /** Puts a value on the stack; `cost` is what it takes of the heap besides its place there. */
  push(value: StoredValue, cost = 0): void {
    this.budget.take(HEAP_COST.slot + cost);
    this.#stack.push(value);
  }

  pop(): StoredValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  top(): StoredValue {
    if (this.#stack.length <= this.#fence) throw broken('an opcode takes a value that is not there');
    return this.#stack[this.#stack.length - 1] as StoredValue;
  }

  mark(): void {
    this.budget.take(HEAP_COST.slot);
    this.#marks.push(this.#stack.length);
    this.#fence = this.#stack.length;
  }

  /** Takes what lies above the last MARK, and the MARK. */
  popToMark(): StoredValue[] {
    const height = this.#marks.pop();
    if (height === undefined) throw broken('an opcode takes a mark that is not there');
    const values = this.#stack.splice(height);
    this.#fence = this.#marks.at(-1) ?? 0;
    return values;
  }

  /** POP takes the last value, or the MARK if it is what was put there last. */
  drop(): void {
    if (this.#marks.length > 0 && this.#stack.length === this.#fence) this.popToMark();
    else this.pop();
  }

  remember(index: number): void {
    this.budget.take(HEAP_COST.entry);
    if (index > this.#memo.length) this.#scattered.set(index, this.top());
    else this.#memo[index] = this.top();
  }

  rememberNext(): void {
    this.remember(this.#memo.length + this.#scattered.size);
  }

  recall(index: number): void {
    const value = index < this.#memo.length ? this.#memo[index] : this.#scattered.get(index);
    if (value === undefined) throw broken(`it refers to value ${index}, which it did not store`);
    this.push(value);
  }

  list(items: StoredValue[]): StoredList {
    this.budget.take(HEAP_COST.list + items.length * HEAP_COST.slot);
    return { kind: 'list', items };
  }

  /** One value for each name, however often it is mentioned. */
  name(module: string, name: string): StoredName {
    // Joining them is work that a file can ask for again and again in a few bytes.
    this.budget.take(module.length + name.length);
    const full = normalName(module, name);
    const known = this.#names.get(full);
    if (known !== undefined) return known;
    this.budget.take(HEAP_COST.entry + HEAP_COST.map + full.length);
    const value: StoredName = { kind: 'name', name: full };
    this.#names.set(full, value);
    return value;
  }

  /** The only value that is left at the end. */
  result(): StoredValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0)
      throw broken('it ends before all its values are used');
    return value;
  }
}
