import type { ClassLabel } from '../../model/signature.ts';
import { isFloating, type TensorSpec, type TensorType } from '../../model/tensor.ts';
import { type TracedLabels, traceLabels, zipMapLabels } from './class-labels.ts';
import { ELEMENT_TYPES, elementTypeName } from './element-types.ts';
import { encodeInt64Tensor, encodeNode, encodeTensorInfo } from './encode.ts';
import type { GraphIndex } from './graph-index.ts';
import type { OnnxNode, OnnxValue } from './onnx-model.ts';
import { quote } from './quote.ts';
import { readAttribute } from './read-attribute.ts';
import { renameOutput } from './rename-output.ts';
import type { GraphEdits } from './write-model.ts';

/** An output that is fetched. `columnLabels` is what a ZipMap called its columns. */
export interface ServedOutput {
  readonly spec: TensorSpec;
  readonly columnLabels: readonly ClassLabel[] | null;
}

export interface OutputPlan {
  readonly outputs: readonly ServedOutput[];
  readonly edits: GraphEdits;
  readonly notes: readonly string[];
}

const FLOAT = 1;

/**
 * Decides which outputs are fetched and what must change in the graph for it: a ZipMap becomes an Identity, so that its
 * output is the matrix of probabilities (reference protocols.md 8.4); the columns that `zipmap='columns'` made get their
 * matrix beside them; labels that lie across become one a row.
 */
export function planOutputs(index: GraphIndex, hasVariableRows: boolean): OutputPlan {
  const planner = new OutputPlanner(index, hasVariableRows);
  for (const output of index.graph.outputs) planner.add(output);
  planner.addMatrixOfColumns();
  return planner;
}

class OutputPlanner implements OutputPlan {
  readonly outputs: ServedOutput[] = [];
  readonly notes: string[] = [];
  readonly edits: GraphEdits = {
    nodes: new Map(),
    outputs: new Map(),
    addedOutputs: [],
    addedInitializers: [],
  };
  readonly #index: GraphIndex;
  readonly #hasVariableRows: boolean;
  readonly #dependent: ReadonlySet<string>;

  constructor(index: GraphIndex, hasVariableRows: boolean) {
    this.#index = index;
    this.#hasVariableRows = hasVariableRows;
    this.#dependent = index.dependentNames();
  }

  add({ name, type }: OnnxValue): void {
    if (type.kind === 'maps') this.#addMaps(name);
    else if (type.kind === 'tensor') this.#addTensor(name, type.elementType, type.shape);
    else this.#leaveOut(name, `is no tensor (${type.kind})`);
  }

  /** skl2onnx's `zipmap='columns'` cuts the matrix into one output a class; the whole of it is fetched, too. */
  addMatrixOfColumns(): void {
    const cuts = this.outputs.flatMap(({ spec }) => {
      const node =
        spec.type === 'float32' && spec.shape.length === 1 ? this.#index.origin(spec.name)?.node : undefined;
      if (node?.opType !== 'Slice') return [];
      return [{ matrix: node.inputs[0] ?? '', start: this.#index.constant(node.inputs[1] ?? '')?.[0] }];
    });
    const matrix = cuts[0]?.matrix;
    const areAll = cuts.every((cut, column) => cut.matrix === matrix && cut.start === BigInt(column));
    const isServed = this.#index.graph.outputs.some(({ name }) => name === matrix);
    if (matrix === undefined || cuts.length < 2 || !areAll || isServed) return;
    const labels = this.outputs.map(({ spec }) => traceLabels(this.#index, spec.name));
    const areLabels = (list: TracedLabels) => list === 'positions' || list?.length === cuts.length;
    if (!labels.some(areLabels)) return;
    const shape = [-1, cuts.length];
    this.edits.addedOutputs.push(encodeTensorInfo(matrix, FLOAT, shape));
    this.#serve(matrix, 'float32', shape);
    this.notes.push(
      `output ${quote(matrix)} is added: the scores of all classes, which the graph gives one by one`,
    );
  }

  #addTensor(name: string, elementType: number, declared: readonly number[] | null): void {
    const type = ELEMENT_TYPES.get(elementType);
    if (type === undefined) {
      this.#leaveOut(name, `is of ${elementTypeName(elementType)}`);
    } else if (!this.#dependent.has(name)) {
      this.#leaveOut(name, 'does not depend on the input');
    } else if (this.#hasVariableRows && declared !== null && declared[0] !== -1 && declared[1] === -1) {
      this.#addAcross(name, elementType, type, declared);
    } else {
      this.#serve(name, type, this.#believableShape(name, type, declared));
    }
  }

  /** The declared shape, where it is not known to be declared wrongly by the usual exporters. */
  #believableShape(name: string, type: TensorType, declared: readonly number[] | null): readonly number[] {
    if (declared === null) return isFloating(type) ? [-1, -1] : [-1];
    const [first, width] = declared;
    if (first === undefined) return declared;
    // LightGBM's converter declares one row, whatever the input takes.
    const rows = this.#hasVariableRows ? -1 : first;
    const node = this.#index.origin(name)?.node;
    // The labels of some multi-label models are declared as [rows].
    if (declared.length === 1) return node?.opType === 'Binarizer' ? [rows, -1] : [rows];
    if (declared.length !== 2 || width === undefined || node === undefined)
      return [rows, ...declared.slice(1)];
    return [rows, this.#columnsPicked(node) ?? width];
  }

  /** The true width of outputs whose declared one cannot be trusted. */
  #columnsPicked(node: OnnxNode): number | null {
    const { file } = this.#index;
    // Trees with several targets are declared as [rows, 1].
    if (node.opType === 'TreeEnsembleRegressor')
      return Number(readAttribute(file, node, 'n_targets').integers[0] ?? 1n);
    // Of binary decision scores only one column is picked, and two are declared.
    return node.opType === 'ArrayFeatureExtractor'
      ? (this.#index.constant(node.inputs[1] ?? '')?.length ?? null)
      : null;
  }

  #addMaps(name: string): void {
    const node = this.#index.producer(name)?.node;
    if (node?.opType !== 'ZipMap') {
      this.#leaveOut(name, 'is a sequence of maps that no ZipMap makes');
      return;
    }
    const labels = zipMapLabels(this.#index, node);
    this.edits.nodes.set(node, [encodeNode('Identity', node.inputs, node.outputs)]);
    if (labels.length === 0) {
      // That of a multi-label model: its input is [labels, rows, classes], which ZipMap itself refuses.
      this.edits.outputs.set(name, encodeTensorInfo(name, FLOAT, [-1, -1, -1]));
      this.#leaveOut(name, 'holds the probabilities of several labels, which are not one row a request row,');
      return;
    }
    const shape = [-1, labels.length];
    this.edits.outputs.set(name, encodeTensorInfo(name, FLOAT, shape));
    this.#serve(name, 'float32', shape, labels);
  }

  /** An output whose rows do not come first: labels `[1, rows]` are turned, anything else cannot be split by rows. */
  #addAcross(name: string, elementType: number, type: TensorType, shape: readonly number[]): void {
    const node = this.#index.producer(name)?.node;
    const isLabel = shape.length === 2 && shape[0] === 1 && traceLabels(this.#index, name) !== null;
    if (!isLabel || node === undefined || this.#index.consumers(name) > 0 || this.edits.nodes.has(node)) {
      this.#leaveOut(name, `has rows that do not come first (shape [${shape.join(', ')}])`);
      return;
    }
    const across = `${name}__across`;
    const target = `${name}__shape`;
    this.edits.nodes.set(node, [
      renameOutput(this.#index.file, node, name, across),
      encodeNode('Reshape', [across, target], [name]),
    ]);
    this.edits.addedInitializers.push(encodeInt64Tensor(target, [-1]));
    this.edits.outputs.set(name, encodeTensorInfo(name, elementType, [-1]));
    this.#serve(name, type, [-1]);
  }

  #serve(
    name: string,
    type: TensorType,
    shape: readonly number[],
    columnLabels: readonly ClassLabel[] | null = null,
  ): void {
    this.outputs.push({ spec: { name, type, shape }, columnLabels });
  }

  #leaveOut(name: string, why: string): void {
    this.notes.push(`output ${quote(name)} ${why} and is left out`);
  }
}
