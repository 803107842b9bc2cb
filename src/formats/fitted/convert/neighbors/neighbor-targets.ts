import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Classes } from '../prediction.ts';

/** One target of a classifier: its classes, and which of them each row of the training is of. */
export interface ClassTarget {
  readonly classes: Classes;
  /** `[rows of training]` */
  readonly labels: Float64Array;
}

/** `classes_` and `_y`: one target, or a list and a matrix. @throws GatewayError INVALID_MODEL if they contradict. */
export function classTargets(estimator: Stored, count: number): ClassTarget[] {
  const isMulti = estimator.get('outputs_2d_').boolean();
  const listed = estimator.get('classes_');
  const classes = (isMulti ? listed.items() : [listed]).map(classesOf);
  const targets = classes.length;
  const stored = estimator.get('_y');
  const { values } = isMulti ? stored.numbersOfShape(count, targets) : stored.numbersOfShape(count);
  return classes.map((own, target) => {
    const labels = values.filter((_, at) => at % targets === target);
    const known = classCount(own);
    if (labels.some((label) => !Number.isInteger(label) || label < 0 || label >= known)) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${stored.path} has labels that are none of its ${known} classes`,
      );
    }
    return { classes: own, labels };
  });
}

/** `[rows, classes]`: sum of the weights of each class's neighbours. @param index `[rows, neighbours]` */
export function classWeights(
  graph: GraphBuilder,
  { classes, labels }: ClassTarget,
  index: GraphValue,
  weights: GraphValue | null,
): GraphValue {
  const last = graph.int64s([2]);
  const own = graph.op('Unsqueeze', graph.op('Gather', graph.int64s(labels), index), last);
  const numbers = graph.int64s(Array.from({ length: classCount(classes) }, (_, at) => at));
  const isOf = graph.castReal(graph.op('Equal', own, numbers));
  const terms = weights === null ? isOf : graph.op('Mul', isOf, graph.op('Unsqueeze', weights, last));
  return graph.node('ReduceSum', [terms, graph.int64s([1])], { attributes: { keepdims: { integer: 0 } } });
}

/** `_y` of a regressor as `[rows of training, targets]`. */
export function regressionTargets(
  estimator: Stored,
  count: number,
): { values: Float64Array; targets: number } {
  const stored = estimator.get('_y');
  if (stored.shape().length === 1) return { values: stored.numbersOfShape(count).values, targets: 1 };
  const { values, shape } = stored.numbersOfShape(count, -1);
  return { values, targets: shape[1] as number };
}
