import type { GraphIndex } from './graph-index.ts';
import { readAttribute } from './read-attribute.ts';

export type ScoreKind = 'probabilities' | 'other' | 'unknown';

/** Operators that make no number below 0. */
const NON_NEGATIVE = new Set(['Softmax', 'Sigmoid', 'Exp', 'Relu', 'Abs', 'Sqrt']);
const MAX_STEPS = 16;

/**
 * Whether a classifier's scores are probabilities, as far as the operator that makes them tells. `unknown` where only
 * the numbers can tell: a forest's weights are, a boosting's without link function are not.
 */
export function scoreKindOf(index: GraphIndex, name: string, stepsLeft = MAX_STEPS): ScoreKind {
  const origin = index.origin(name);
  if (origin === null || stepsLeft === 0) return 'unknown';
  const { node } = origin;
  const text = (key: string) => readAttribute(index.file, node, key).strings[0];
  switch (node.opType) {
    case 'Softmax':
      return 'probabilities';
    case 'ZipMap':
      return scoreKindOf(index, node.inputs[0] ?? '', stepsLeft - 1);
    case 'Normalizer':
      return text('norm') === 'L1' && isNonNegative(index, node.inputs[0] ?? '')
        ? 'probabilities'
        : 'unknown';
    case 'LinearClassifier':
      return linkKind(text('post_transform'), classCount(index, name), 'other');
    case 'TreeEnsembleClassifier':
      return linkKind(text('post_transform'), classCount(index, name), 'unknown');
    case 'SVMClassifier':
      return readAttribute(index.file, node, 'prob_a').floats.length > 0 ? 'probabilities' : 'other';
    default:
      return 'unknown';
  }
}

/** A logistic link makes two numbers that add up to 1, but not more than two. */
function linkKind(link: string | undefined, classes: number, without: ScoreKind): ScoreKind {
  if (link === 'SOFTMAX') return 'probabilities';
  if (link === 'LOGISTIC') return classes === 2 ? 'probabilities' : 'unknown';
  return link === undefined || link === 'NONE' ? without : 'unknown';
}

function classCount(index: GraphIndex, name: string): number {
  const node = index.origin(name)?.node;
  if (node === undefined) return 0;
  const count = (key: string) => {
    const { integers, strings } = readAttribute(index.file, node, key);
    return integers.length + strings.length;
  };
  return count('classlabels_int64s') + count('classlabels_ints') + count('classlabels_strings');
}

function isNonNegative(index: GraphIndex, name: string): boolean {
  const node = index.origin(name)?.node;
  if (node === undefined) return false;
  const link = readAttribute(index.file, node, 'post_transform').strings[0];
  return NON_NEGATIVE.has(node.opType) || link === 'LOGISTIC' || link === 'SOFTMAX';
}
