import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import { EXPORT_INSTEAD } from '../../export-instead.ts';
import { exponential, floatSigmoid, floatSoftmax } from './float-links.ts';

type Link = 'identity' | 'sigmoid' | 'exponential' | 'above-zero' | 'softmax' | 'largest';

interface Objective {
  /** From margins to what `Booster.predict` answers. */
  readonly link: Link;
  /** From `base_score`, which stands in the space of answers, to a margin. */
  readonly base: 'identity' | 'logit' | 'logarithm';
}

const IDENTITY: Objective = { link: 'identity', base: 'identity' };
const LOGISTIC: Objective = { link: 'sigmoid', base: 'logit' };
const EXPONENTIAL: Objective = { link: 'exponential', base: 'logarithm' };

/** As `PredTransform` and `ProbToMargin` of each objective do (XGBoost, `src/objective/`), versions 1.0 to 3.2. */
const OBJECTIVES: ReadonlyMap<string, Objective> = new Map([
  ['reg:squarederror', IDENTITY],
  ['reg:linear', IDENTITY],
  ['reg:squaredlogerror', IDENTITY],
  ['reg:pseudohubererror', IDENTITY],
  ['reg:absoluteerror', IDENTITY],
  ['reg:quantileerror', IDENTITY],
  ['reg:expectileerror', IDENTITY],
  ['reg:logistic', LOGISTIC],
  ['binary:logistic', LOGISTIC],
  ['binary:logitraw', IDENTITY],
  ['binary:hinge', { link: 'above-zero', base: 'identity' }],
  ['multi:softprob', { link: 'softmax', base: 'identity' }],
  ['multi:softmax', { link: 'largest', base: 'identity' }],
  ['count:poisson', EXPONENTIAL],
  ['reg:gamma', EXPONENTIAL],
  ['reg:tweedie', EXPONENTIAL],
  ['survival:cox', EXPONENTIAL],
  ['survival:aft', EXPONENTIAL],
  ['rank:pairwise', IDENTITY],
  ['rank:ndcg', IDENTITY],
  ['rank:map', IDENTITY],
]);

/** @throws GatewayError UNSUPPORTED_MODEL that names the objective. */
export function objectiveOf(name: string, path: string): Objective {
  const objective = OBJECTIVES.get(name);
  if (objective !== undefined) return objective;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${path}: the objective "${name.slice(0, 60)}" is not converted to a graph; ${EXPORT_INSTEAD}`,
  );
}

/** A margin of single precision, calculated as XGBoost does. */
export function baseMargin(score: number, { base }: Objective): number {
  const single = Math.fround(score);
  switch (base) {
    case 'identity':
      return single;
    case 'logit':
      return -Math.fround(Math.log(Math.fround(Math.fround(1 / single) - 1)));
    case 'logarithm':
      return Math.fround(Math.log(single));
  }
}

/** What `Booster.predict` answers: `[rows, groups]`, or `[rows, 1]` for `multi:softmax`, in single precision. */
export function answers(graph: GraphBuilder, margins: GraphValue, { link }: Objective): GraphValue {
  switch (link) {
    case 'identity':
      return margins;
    case 'sigmoid':
      return floatSigmoid(graph, margins);
    case 'exponential':
      return exponential(graph, margins);
    case 'above-zero':
      return graph.cast(graph.op('Greater', margins, graph.floats([0], [])), 'float');
    case 'softmax':
      return floatSoftmax(graph, margins);
    case 'largest': {
      const attributes = { axis: { integer: 1 }, keepdims: { integer: 1 } };
      return graph.cast(graph.node('ArgMax', [margins], { attributes }), 'float');
    }
  }
}
