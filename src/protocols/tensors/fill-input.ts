import { MISSING_TEXT } from '../../model/missing-text.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { showName } from '../../model/shown-name.ts';
import {
  allocateTensorData,
  elementCount,
  type Tensor,
  type TensorData,
  type TensorType,
} from '../../model/tensor.ts';
import { DATATYPE_NAMES, datatypeOf, tensorTypeOfDatatype } from './datatypes.ts';
import { elementsOf, wholeBytes } from './elements-of.ts';
import { areKnown } from './known-values.ts';
import { isWhole, type Match } from './match-tensors.ts';
import { type Elements, storeElements } from './store-elements.ts';
import type { PlannedInput } from './tensor-plan.ts';
import { type WireDomain, wireDomainOf } from './wire-domain.ts';

export interface InputSource {
  readonly input: PlannedInput;
  /** What fills it: one tensor as a whole, or one for each column. Their shapes are right. */
  readonly matches: readonly Match[];
  readonly rows: number;
  readonly problems: ProblemList;
}

/** Columns that are left out are filled with NaN; more elements than this would be no request's fair share. */
const MOST_FILLED = 2 ** 24;

/** The tensor of one input; `null` after adding problems, or if nothing fills it. */
export function fillInput(source: InputSource): Tensor | null {
  const { matches, input, rows, problems } = source;
  const before = problems.count;
  const typed = matches.flatMap((match) => typeOf(match, problems));
  if (typed.length < matches.length || problems.count > before) return null;
  const { type, shape } = input.spec;
  if (isWhole(matches)) {
    const first = typed[0]!;
    const dims = dimsOf(first.match.tensor.shape, shape);
    const data = fillWhole(first, type, elementCount(dims), problems);
    if (data === null || !areKnown(source, data)) return null;
    return { type, dims, data };
  }
  const data = fillColumns(typed, source);
  return data === null || !areKnown(source, data)
    ? null
    : { type, dims: [rows, ...shape.slice(1).map((dim) => Math.max(1, dim))], data };
}

interface TypedMatch extends WireDomain {
  readonly match: Match;
  readonly type: TensorType;
}

function typeOf(match: Match, problems: ProblemList): readonly TypedMatch[] {
  const { name, datatype, pointer } = match.tensor;
  const type = tensorTypeOfDatatype(datatype);
  const domain = type === null ? null : wireDomainOf(type, match);
  if (type !== null && domain !== null) return [{ match, type, ...domain }];
  const wanted = datatypeOf(match.input.spec.type);
  problems.add(() => ({
    pointer: `${pointer}/datatype`,
    detail:
      type === null
        ? `input "${showName(name)}": there is no datatype "${showName(datatype)}"; the model takes ${wanted} (the datatypes are ${DATATYPE_NAMES.join(', ')})`
        : `input "${showName(name)}": the model takes ${wanted}, which ${datatype} cannot feed`,
  }));
  return [];
}

/** The graph's own dimensions where the request left out or added a trailing 1. */
function dimsOf(given: readonly number[], shape: readonly number[]): readonly number[] {
  return given.length === shape.length ? given : [given[0]!, ...shape.slice(1).map(() => 1)];
}

function fillWhole(
  typed: TypedMatch,
  type: TensorType,
  count: number,
  problems: ProblemList,
): TensorData | null {
  if (typed.type === type) {
    const asTheyAre = wholeBytes(typed.match.tensor, typed, count, problems);
    if (asTheyAre !== undefined) return asTheyAre;
  }
  const before = problems.count;
  const elements = open(typed, type, count, problems);
  if (elements === null) return null;
  const room = allocate(type, count);
  storeElements(elements, { data: room, width: 1, offset: 0, cell: 1 }, problems);
  return problems.count === before ? toTensorData(room) : null;
}

function fillColumns(typed: readonly TypedMatch[], source: InputSource): TensorData | null {
  const { input, rows, problems } = source;
  const { type } = input.spec;
  const given = new Set(typed.map(({ match }) => match.column));
  const absent = input.columns.filter((planned) => !given.has(planned));
  const before = problems.count;
  const filled = typed.map((one) => ({ one, elements: open(one, type, rows * cellOf(one), problems) }));
  // Room is made for what is really there; `matchTensors` has reported what is missing.
  if (problems.count > before || absent.some(({ mayBeAbsent }) => !mayBeAbsent)) return null;
  if (absent.length * rows > MOST_FILLED) {
    problems.add(() => ({ pointer: '/inputs', detail: 'the rows are too many for one request; send fewer' }));
    return null;
  }
  const width = widthOf(input);
  const room = allocate(type, rows * width);
  if (absent.length > 0) fillMissing(room);
  for (const { one, elements } of filled) {
    const { offset } = one.match.column!.column;
    storeElements(elements!, { data: room, width, offset, cell: cellOf(one) }, problems);
  }
  return problems.count === before ? toTensorData(room) : null;
}

/** As rows of the endpoint for rows: NaN, or the text that stands for a missing value. */
function fillMissing(room: ReturnType<typeof allocate>): void {
  if (Array.isArray(room)) room.fill(MISSING_TEXT);
  else (room as Float64Array).fill(Number.NaN);
}

function cellOf({ match }: TypedMatch): number {
  return elementCount(match.column!.column.cellShape);
}

/** Elements of an input in one row. */
function widthOf({ spec, columns }: PlannedInput): number {
  let width = elementCount(spec.shape.slice(1).map((dim) => Math.max(1, dim)));
  for (const { column } of columns) width = Math.max(width, column.offset + elementCount(column.cellShape));
  return width;
}

/** The elements of a tensor, checked to be `count`; `null` after adding a problem. */
function open(
  { match, type, domain, takesNaN }: TypedMatch,
  fed: TensorType,
  count: number,
  problems: ProblemList,
): Elements | null {
  const { tensor, column } = match;
  const elements = elementsOf(tensor, type, count, problems);
  if (elements === null) return null;
  const { datatype, name } = tensor;
  const target = {
    subject: `${column === null ? 'input' : 'column'} "${showName(name)}"`,
    typeName: type === fed ? datatype : `${datatype}, fed as ${datatypeOf(fed)}`,
  };
  const isBig = fed === 'int64' || fed === 'uint64';
  return { ...elements, store: { domain, isBig, takesNull: takesNaN, known: null, isSingle: false }, target };
}

type Room = TensorData | Float16Array;

function allocate(type: TensorType, length: number): Room {
  return type === 'float16' ? new Float16Array(length) : allocateTensorData(type, length);
}

function toTensorData(room: Room): TensorData {
  return room instanceof Float16Array ? new Uint16Array(room.buffer) : room;
}
