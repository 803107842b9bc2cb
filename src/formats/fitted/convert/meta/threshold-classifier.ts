import { GatewayError } from '../../../../errors.ts';
import type { GraphValue } from '../../graph/graph-builder.ts';
import { Stored } from '../../values/stored.ts';
import { classCount } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import type { Classes, Classification } from '../prediction.ts';
import { asVector, column, firstResponse, type ResponseMethod, responseMethod } from '../response.ts';
import { classifierOf } from './encoded-labels.ts';
import { labelPosition } from './label-position.ts';

/** The positive class where its score reaches a threshold that was given. */
export const fixedThreshold: Converter = {
  predict(estimator, features, scope) {
    const asked = ask(estimator, features, scope);
    const threshold = estimator.get('threshold');
    const isAuto = threshold.value === 'auto';
    const automatic = asked.method === 'predict_proba' ? 0.5 : 0;
    return decided(asked, isAuto ? automatic : threshold.number(), estimator.get('pos_label'), scope);
  },
};

/** As `fixedThreshold`, with the threshold that it found. */
export const tunedThreshold: Converter = {
  predict(estimator, features, scope) {
    const asked = ask(estimator, features, scope);
    return decided(
      asked,
      estimator.get('best_threshold_').number(),
      scoredLabel(estimator, asked.classification.classes),
      scope,
    );
  },
};

interface Asked {
  readonly part: Stored;
  readonly classification: Classification;
  readonly method: ResponseMethod;
}

function ask(estimator: Stored, features: Features, scope: Scope): Asked {
  const part = estimator.get(estimator.has('estimator_') ? 'estimator_' : 'estimator');
  const classification = classifierOf(scope.predict(part, features), part);
  if (classCount(classification.classes) !== 2) {
    throw new GatewayError('INVALID_MODEL', `${part.label} has not two classes, which a threshold needs`);
  }
  const wanted = estimator.get('response_method');
  const methods: ResponseMethod[] =
    wanted.value === 'auto' ? ['predict_proba', 'decision_function'] : [responseMethod(wanted)];
  return { part, classification, method: firstResponse(classification, methods, part) };
}

/** Scores that ask which label is the positive one, and those that do not. */
const SCORES: Readonly<Record<string, 'of label 1' | 'of both labels'>> = {
  accuracy_score: 'of both labels',
  average_precision_score: 'of label 1',
  balanced_accuracy_score: 'of both labels',
  cohen_kappa_score: 'of both labels',
  f1_score: 'of label 1',
  fbeta_score: 'of label 1',
  jaccard_score: 'of label 1',
  matthews_corrcoef: 'of both labels',
  precision_score: 'of label 1',
  recall_score: 'of label 1',
  roc_auc_score: 'of both labels',
};

/** The label whose score was tuned: of the scorer, else the default of its function; `null` is the second class. */
function scoredLabel(estimator: Stored, classes: Classes): Stored | null {
  const scorer = estimator.get('_curve_scorer');
  const given = scorer
    .get('_kwargs')
    .entries()
    .find(({ key }) => key.value === 'pos_label');
  if (given !== undefined) return given.value;
  const score = scorer.get('_score_func');
  const kind = score.typeName?.startsWith('sklearn.metrics.') ? SCORES[score.className ?? ''] : undefined;
  if (kind === 'of both labels') return null;
  if (kind === 'of label 1') return new Stored(1, `pos_label of ${score.path}`);
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${score.path} is a score of its own code, so that nothing tells the positive one of the ${classCount(classes)} labels; fix the threshold with FixedThresholdClassifier`,
  );
}

function decided(asked: Asked, threshold: number, positive: Stored | null, scope: Scope): Classification {
  const { graph } = scope;
  const { classification, method } = asked;
  const position = positive === null || positive.isNone ? 1 : labelPosition(classification.classes, positive);
  const reaches = graph.op('GreaterOrEqual', scoreOf(asked, method, position, scope), graph.real(threshold));
  const index = graph.op(
    'Where',
    asVector(graph, reaches),
    graph.int64s([position]),
    graph.int64s([1 - position]),
  );
  return { ...classification, index };
}

/** Of the positive class, `[rows, 1]`: a decision speaks for the second class, its negative for the first. */
function scoreOf(
  { classification }: Asked,
  method: ResponseMethod,
  position: number,
  { graph }: Scope,
): GraphValue {
  if (method === 'predict_proba') return column(graph, classification.probabilities as GraphValue, position);
  const decision = classification.decision as GraphValue;
  return position === 1 ? decision : graph.op('Neg', decision);
}
