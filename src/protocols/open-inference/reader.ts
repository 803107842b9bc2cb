import { describeJsonType } from '../../model/describe-row-problem.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { pointerStep } from '../../model/shown-name.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** More dimensions than any graph has; it bounds what messages repeat. */
const MOST_DIMENSIONS = 64;

/** Reads members of the envelope. What has the wrong type is added to the problems, and `undefined` or `null`. */
export class Reader {
  readonly #problems: ProblemList;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  add(pointer: string, detail: string): void {
    this.#problems.add(() => ({ pointer, detail }));
  }

  object(value: unknown, pointer: string, what: string): JsonObject | null {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
    this.add(pointer, `${what} must be an object, got ${describeJsonType(value)}`);
    return null;
  }

  /** @returns `null` if there are none. */
  parameters(owner: JsonObject, pointer: string): JsonObject | null {
    const { parameters } = owner;
    if (parameters === undefined || parameters === null) return null;
    return this.object(parameters, `${pointer}/parameters`, '"parameters"');
  }

  text(owner: JsonObject, key: string, pointer: string, isNeeded = false): string | undefined {
    const value = owner[key];
    if (typeof value === 'string') return value;
    if (isNeeded || (value !== undefined && value !== null)) this.#wrong(pointer, key, 'a string', value);
    return undefined;
  }

  flag(owner: JsonObject | null, key: string, pointer: string): boolean | undefined {
    const value = owner?.[key];
    if (typeof value === 'boolean') return value;
    if (value !== undefined && value !== null) this.#wrong(pointer, key, 'true or false', value);
    return undefined;
  }

  /** An integer of at least 0. */
  integer(owner: JsonObject | null, key: string, pointer: string): number | undefined {
    const value = owner?.[key];
    if (isCount(value)) return value;
    if (value !== undefined && value !== null) this.#wrong(pointer, key, 'an integer of at least 0', value);
    return undefined;
  }

  shape(owner: JsonObject, pointer: string): readonly number[] | undefined {
    const { shape } = owner;
    if (Array.isArray(shape) && shape.length <= MOST_DIMENSIONS && shape.every(isCount)) return shape;
    const given = Array.isArray(shape) ? 'another list' : describeJsonType(shape);
    this.add(`${pointer}/shape`, `"shape" must be a list of integers of at least 0, got ${given}`);
    return undefined;
  }

  #wrong(pointer: string, key: string, expected: string, value: unknown): void {
    this.add(pointer + pointerStep(key), `"${key}" must be ${expected}, got ${describeJsonType(value)}`);
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
