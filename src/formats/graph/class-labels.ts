import type { ClassLabel } from '../../model/signature.ts';
import { ELEMENT_TYPES, type ElementValue } from './element-types.ts';
import type { GraphIndex, Producer } from './graph-index.ts';
import type { OnnxNode } from './onnx-model.ts';
import { readAttribute } from './read-attribute.ts';

/** `positions`: the label is the index of the best score itself. `null`: the graph does not tell. */
export type TracedLabels = readonly ClassLabel[] | 'positions' | null;

const CLASSIFIERS = new Set(['LinearClassifier', 'SVMClassifier', 'TreeEnsembleClassifier']);
const SHAPE_CHANGES = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose']);
const MAX_STEPS = 64;

/**
 * The labels of a classifier in the order of its scores, traced back from its label output: to the attributes of a
 * classifier operator, or to the constant from which the position of the best score picks a label.
 */
export function traceLabels(index: GraphIndex, name: string, stepsLeft = MAX_STEPS): TracedLabels {
  const producer = index.producer(name);
  if (producer === null || stepsLeft === 0) return null;
  const { node } = producer;
  const input = node.inputs[0] ?? '';
  if (CLASSIFIERS.has(node.opType)) return producer.output === 0 ? classifierLabels(index, node) : null;
  if (SHAPE_CHANGES.has(node.opType)) return traceLabels(index, input, stepsLeft - 1);
  switch (node.opType) {
    case 'Cast':
      return castLabels(index, producer, traceLabels(index, input, stepsLeft - 1));
    case 'ArgMax':
      return 'positions';
    case 'ArrayFeatureExtractor':
    case 'Gather':
      // Picking from labels leaves labels, whatever picks.
      return labelsOf(index.constant(input)) ?? traceLabels(index, input, stepsLeft - 1);
    case 'LabelEncoder':
      return encodedLabels(index, node, traceLabels(index, input, stepsLeft - 1));
    default:
      return null;
  }
}

/** Those of a score output of `width` columns (−1: unknown); `null` if they are not one a column. */
export function fittingLabels(labels: TracedLabels, width: number): readonly ClassLabel[] | null {
  if (labels === null) return null;
  if (labels === 'positions') {
    return width > 0 ? Array.from({ length: width }, (_, position) => BigInt(position)) : null;
  }
  return width === -1 || width === labels.length ? labels : null;
}

/** The labels that a ZipMap names its columns by; empty if it has none, as for multi-label models. */
export function zipMapLabels(index: GraphIndex, node: OnnxNode): readonly ClassLabel[] {
  return attributeLabels(index, node, ['classlabels_int64s'], ['classlabels_strings']);
}

function classifierLabels(index: GraphIndex, node: OnnxNode): readonly ClassLabel[] | null {
  const labels = attributeLabels(
    index,
    node,
    ['classlabels_int64s', 'classlabels_ints'],
    ['classlabels_strings'],
  );
  return labels.length > 0 ? labels : null;
}

function attributeLabels(
  index: GraphIndex,
  node: OnnxNode,
  integerKeys: readonly string[],
  stringKeys: readonly string[],
): readonly ClassLabel[] {
  const integers = integerKeys.flatMap((key) => readAttribute(index.file, node, key).integers);
  return integers.length > 0
    ? integers
    : stringKeys.flatMap((key) => readAttribute(index.file, node, key).strings);
}

function labelsOf(values: readonly ElementValue[] | null): readonly ClassLabel[] | null {
  if (values === null) return null;
  const labels: ClassLabel[] = [];
  for (const value of values) {
    // skl2onnx keeps the classes of a boolean or float target, and casts what is picked.
    if (typeof value !== 'number') labels.push(value);
    else if (Number.isInteger(value)) labels.push(BigInt(value));
    else return null;
  }
  return labels;
}

function castLabels(index: GraphIndex, { node }: Producer, labels: TracedLabels): TracedLabels {
  if (labels === null || labels === 'positions') return labels;
  const to = ELEMENT_TYPES.get(Number(readAttribute(index.file, node, 'to').integers[0] ?? 0n));
  if (to === undefined || to === 'string')
    return labels.every((label) => typeof label === 'string') ? labels : null;
  if (to === 'bool') return labels.map((label) => Boolean(label));
  return labels.some((label) => typeof label === 'string') ? null : labels.map((label) => BigInt(label));
}

function encodedLabels(index: GraphIndex, node: OnnxNode, labels: TracedLabels): TracedLabels {
  const read = (key: string) => readAttribute(index.file, node, key);
  const list = (side: string): readonly ElementValue[] => {
    const strings = read(`${side}_strings`).strings;
    const integers = read(`${side}_int64s`).integers;
    return strings.length > 0 ? strings : integers.length > 0 ? integers : read(`${side}_floats`).floats;
  };
  const values = labelsOf(list('values'));
  const keys = labelsOf(list('keys'));
  if (values === null || keys === null || keys.length !== values.length) return null;
  if (labels === null || labels === 'positions') {
    const isPositions = labels === 'positions' && keys.every((key, position) => key === BigInt(position));
    return isPositions ? values : null;
  }
  const found = labels.map((label) => values[keys.indexOf(label)]);
  return found.every((label) => label !== undefined) ? found : null;
}
