import { GatewayError } from '../../errors.ts';
import type { MlModelColumn, MlModelTensor } from '../../model/ml-model.ts';
import type { ColumnType, InputColumn } from '../../model/signature.ts';
import type { TensorSpec } from '../../model/tensor.ts';
import { cellShapeOf } from './cell-shape.ts';
import { columnTypeOfMlflow, columnTypeOfNumpy, commonColumnType } from './column-type.ts';
import { matchByName } from './match-by-name.ts';
import { quote } from './quote.ts';

/** A column of which only `takesNaN` is not known yet. */
export type DeclaredColumn = Omit<InputColumn, 'takesNaN'>;

export interface DeclaredColumns {
  readonly columns: readonly DeclaredColumn[];
  readonly notes: readonly string[];
}

const LOG_AGAIN = 'log the model again with a signature inferred from the data that the exported model takes';

/**
 * The columns of a signature and where each goes in the graph's inputs. Several inputs are matched by name, in any
 * order; if no name is an input's, by their total width, in order.
 *
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL that names the columns.
 */
export function columnsOfSignature(
  inputs: readonly TensorSpec[],
  declared: readonly (MlModelColumn | MlModelTensor)[],
): DeclaredColumns {
  const columns = declared.filter((spec) => spec.kind === 'column');
  const tensors = declared.filter((spec) => spec.kind === 'tensor');
  return tensors.length > 0
    ? new SignatureColumns(inputs).ofTensors(tensors)
    : new SignatureColumns(inputs).ofColumns(columns);
}

class SignatureColumns {
  readonly #inputs: readonly TensorSpec[];
  /** What is said of narrowed columns → their labels. */
  readonly #narrowed = new Map<string, string[]>();

  constructor(inputs: readonly TensorSpec[]) {
    this.#inputs = inputs;
  }

  ofColumns(declared: readonly MlModelColumn[]): DeclaredColumns {
    refuseBadNames(declared);
    const names = declared.map((column) => column.name);
    const build = (position: number, input: number, offset: number): DeclaredColumn => {
      const column = declared[position] as MlModelColumn;
      const { name, required } = column;
      const type = this.#fit(labelOf(name, position), mlflowType(column, position), input);
      return { name, type, input, offset, cellShape: [], required };
    };
    const match = this.#inputs.length > 1 ? matchByName(names, this.#inputs) : ({ kind: 'none' } as const);
    if (match.kind === 'some') {
      throw invalid(
        `the signature has no column for ${inputsOf(match.unmatched)} of the graph, only ${listOf(names)}`,
      );
    }
    if (match.kind === 'none') {
      const columns = this.#slotsInOrder(names).map(({ input, offset }, position) =>
        build(position, input, offset),
      );
      return { columns, notes: this.#notes() };
    }
    const unused = names.filter((_, position) => match.inputs[position] === null);
    const columns = match.inputs.flatMap((input, position) => {
      if (input === null) return [];
      refuseWideInput(this.#inputs[input] as TensorSpec);
      return [build(position, input, 0)];
    });
    const notes =
      unused.length > 0
        ? [`the graph has no use for column ${listOf(unused)} of the signature: left out`]
        : [];
    return { columns, notes: [...notes, ...this.#notes()] };
  }

  ofTensors(tensors: readonly MlModelTensor[]): DeclaredColumns {
    const names = tensors.map((tensor) => tensor.name);
    const isOnly = tensors.length === 1 && this.#inputs.length === 1;
    const match = isOnly ? { kind: 'all' as const, inputs: [0] } : matchByName(names, this.#inputs);
    if (match.kind !== 'all' || match.inputs.includes(null)) {
      const [only] = tensors;
      if (tensors.length !== 1 || only === undefined) throw this.#wrongTensors(names);
      return { columns: this.#split(only), notes: this.#notes() };
    }
    const columns = tensors.flatMap((tensor, position) => {
      const input = match.inputs[position] as number;
      const spec = this.#inputs[input] as TensorSpec;
      refuseOtherShape(tensor, spec);
      if (isOnly && spec.shape.length === 2 && spec.shape[1] !== 1) return this.#split(tensor);
      const label = labelOf(tensor.name, position);
      const type = this.#fit(label, numpyType(tensor, label), input);
      return [
        {
          name: tensor.name ?? spec.name,
          type,
          input,
          offset: 0,
          cellShape: cellShapeOf(spec),
          required: true,
        },
      ];
    });
    return { columns, notes: this.#notes() };
  }

  /** A tensor `[rows, k]` as k positional columns; none if neither it nor the one input tells k. */
  #split(tensor: MlModelTensor): DeclaredColumn[] {
    const label = labelOf(tensor.name, 0);
    const own = this.#inputs.length === 1 ? (this.#inputs[0]?.shape[1] ?? 1) : -1;
    const width = tensor.shape[1] ?? 1;
    const count = width === -1 ? own : width;
    if (tensor.shape.length > 2 || (count === -1 && this.#inputs.length > 1))
      throw this.#wrongTensors([tensor.name]);
    const slots = count === -1 ? [] : this.#slotsInOrder(new Array<null>(count).fill(null));
    const declared = numpyType(tensor, label);
    const types = this.#inputs.map((_, input) => this.#fit(label, declared, input));
    return slots.map(({ input, offset }) => {
      return { name: null, type: types[input] as ColumnType, input, offset, cellShape: [], required: true };
    });
  }

  /** Where each column goes if they fill the inputs from left to right. */
  #slotsInOrder(names: readonly (string | null)[]): { input: number; offset: number }[] {
    const inputs = this.#inputs;
    const [only] = inputs;
    if (inputs.length === 1 && only?.shape.length === 2 && only.shape[1] === -1) {
      return names.map((_, offset) => ({ input: 0, offset }));
    }
    const widths = inputs.map(widthOf);
    if (widths.reduce((sum, width) => sum + width, 0) !== names.length) {
      const taken = inputs.map((input, position) => `${quote(input.name)} takes ${widths[position]}`);
      throw invalid(
        `the signature has ${names.length} columns (${listOf(names)}), and of the graph's inputs ${taken.slice(0, 10).join(', ')}`,
      );
    }
    return widths.flatMap((width, input) =>
      Array.from({ length: width }, (_, offset) => ({ input, offset })),
    );
  }

  #fit(label: string, declared: ColumnType, position: number): ColumnType {
    const input = this.#inputs[position] as TensorSpec;
    const type = commonColumnType(declared, input.type);
    if (type === null) {
      throw invalid(
        `column ${label} is declared as ${declared}, and input ${quote(input.name)} of the graph takes ${input.type}`,
      );
    }
    if (type !== declared) {
      const why = `declared as ${declared}, but the graph takes ${input.type}: only values of ${type} are accepted`;
      this.#narrowed.set(why, [...(this.#narrowed.get(why) ?? []), label].slice(0, 10));
    }
    return type;
  }

  #notes(): string[] {
    return [...this.#narrowed].map(([why, labels]) => `column ${labels.join(', ')} is ${why}`);
  }

  #wrongTensors(names: readonly (string | null)[]): GatewayError {
    const own = listOf(this.#inputs.map((input) => input.name));
    return invalid(`the signature's tensors (${listOf(names)}) are not the graph's inputs (${own})`);
  }
}

function widthOf(input: TensorSpec): number {
  if (input.shape.length === 1) return 1;
  if (input.shape.length === 2 && input.shape[1] !== -1) return input.shape[1] as number;
  throw invalid(
    `the signature has plain columns, and input ${quote(input.name)} of the graph takes ${shapeOf(input.shape)}`,
  );
}

function refuseWideInput(input: TensorSpec): void {
  if (input.shape.length <= 2 && widthOf(input) === 1) return;
  throw invalid(
    `column ${quote(input.name)} of the signature is one value, and the graph's input of that name takes ${shapeOf(input.shape)}`,
  );
}

function refuseOtherShape(tensor: MlModelTensor, input: TensorSpec): void {
  const declared = tensor.shape.length === 1 ? [...tensor.shape, 1] : tensor.shape;
  const own = input.shape.length === 1 ? [...input.shape, 1] : input.shape;
  const agrees = (dim: number, axis: number) =>
    axis === 0 || dim === -1 || own[axis] === -1 || dim === own[axis];
  if (declared.length === own.length && declared.every(agrees)) return;
  const [said, wanted] = [shapeOf(tensor.shape), shapeOf(input.shape)];
  throw invalid(
    `the signature says that input ${quote(input.name)} takes ${said}, and the graph says ${wanted}`,
  );
}

function refuseBadNames(declared: readonly MlModelColumn[]): void {
  const names = declared.map((column) => column.name);
  const seen = new Set<string>();
  for (const name of names) {
    if (name !== null && seen.has(name))
      throw invalid(`the signature has two columns called ${listOf([name])}`);
    if (name !== null) seen.add(name);
  }
  if (seen.size > 0 && seen.size < names.length)
    throw invalid('the signature names only some of its columns');
}

function mlflowType(column: MlModelColumn, position: number): ColumnType {
  const type = columnTypeOfMlflow(column.type);
  if (type !== null) return type;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `column ${labelOf(column.name, position)} of the signature is of type ${quote(column.type)}, which no graph takes; turn it into a number or a text before the model`,
  );
}

function numpyType(tensor: MlModelTensor, label: string): ColumnType {
  const type = columnTypeOfNumpy(tensor.dtype);
  if (type !== null) return type;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `tensor ${label} of the signature is of dtype ${quote(tensor.dtype)}, which no graph takes`,
  );
}

function invalid(what: string): GatewayError {
  return new GatewayError('INVALID_MODEL', `${what}; ${LOG_AGAIN}`);
}

function labelOf(name: string | null, position: number): string {
  return name === null ? String(position) : listOf([name]);
}

function inputsOf(names: readonly string[]): string {
  return `${names.length === 1 ? 'input' : 'inputs'} ${listOf(names)}`;
}

/** Names in quotes, control characters escaped, at most 64 characters of each and ten of them. */
function listOf(names: readonly (string | null)[]): string {
  const shown = names.slice(0, 10).map((name) => (name === null ? 'unnamed' : quote(name)));
  return names.length > 10 ? `${shown.join(', ')} and ${names.length - 10} more` : shown.join(', ');
}

function shapeOf(shape: readonly number[]): string {
  return `[${shape.map((dim) => (dim === -1 ? '?' : dim)).join(', ')}]`;
}
