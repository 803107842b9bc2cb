import { GatewayError } from '../../../../../errors.ts';
import type { Stored } from '../../../values/stored.ts';
import { baseMargin, objectiveOf } from './xgboost-objective.ts';

/** What a Booster holds besides its trees or weights. */
export interface XgboostModel {
  readonly objective: ReturnType<typeof objectiveOf>;
  readonly objectiveName: string;
  readonly booster: 'gbtree' | 'dart' | 'gblinear';
  /** The part of the state that holds trees or weights. */
  readonly state: Stored;
  /** Margins that are calculated for each row: one for each class, target or quantile. */
  readonly groups: number;
  /** One for each group, in single precision. */
  readonly baseMargins: readonly number[];
  readonly width: number;
  /** The iteration that early stopping found best, which the classes of the scikit-learn interface stop at. */
  readonly bestIteration: number | null;
  /** What stands in `dart` for each tree. */
  readonly weightDrop: Stored | null;
  /** Classes as the model tells them; 0 for two. */
  readonly classes: number;
}

/** Each takes a tree for its base margin. */
const MAX_GROUPS = 10_000;

/**
 * @param booster an object of the class `xgboost.core.Booster`, with its model as `handle`.
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL.
 */
export function xgboostModel(booster: Stored): XgboostModel {
  const learner = booster.get('handle').get('learner');
  const params = learner.get('learner_model_param');
  const classes = integerText(params, 'num_class');
  const targets = params.has('num_target') ? integerText(params, 'num_target') : 1;
  const groups = Math.max(1, classes) * Math.max(1, targets);
  if (groups > MAX_GROUPS)
    throw new GatewayError('INVALID_MODEL', `${params.path}: ${groups} groups of trees`);
  const objectiveName = learner.get('objective').get('name').text();
  const objective = objectiveOf(objectiveName, learner.path);
  const gradient = learner.get('gradient_booster');
  const name = gradient.get('name').text();
  if (name !== 'gbtree' && name !== 'dart' && name !== 'gblinear')
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${gradient.path}: the booster "${name.slice(0, 60)}" is not known`,
    );
  const best = learner.find('attributes')?.find('best_iteration');
  return {
    objective,
    objectiveName,
    booster: name,
    state: (name === 'dart' ? gradient.get('gbtree') : gradient).get('model'),
    groups,
    baseMargins: baseScores(params, groups).map((score) => baseMargin(score, objective)),
    width: integerText(params, 'num_feature'),
    bestIteration: best === undefined || best === null ? null : integerOf(best.text(), best.path),
    weightDrop: name === 'dart' ? gradient.get('weight_drop') : null,
    classes,
  };
}

/** `5E-1`; since 3.1 a list in a text, `[6.27E-1]`, with one for each group or one for all. */
function baseScores(params: Stored, groups: number): number[] {
  const stored = params.get('base_score');
  const text = stored.text();
  const inner = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1] ?? text;
  const scores = inner.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (scores.some((score) => !Number.isFinite(score)) || (scores.length !== 1 && scores.length !== groups)) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${stored.path} is not one number, or one for each of ${groups} groups`,
    );
  }
  return Array.from({ length: groups }, (_, at) => scores[scores.length === 1 ? 0 : at] as number);
}

/** All parameters are texts. */
export function integerText(params: Stored, name: string): number {
  const stored = params.get(name);
  return integerOf(stored.text(), stored.path);
}

function integerOf(text: string, path: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new GatewayError('INVALID_MODEL', `${path} is no number but "${text.slice(0, 40)}"`);
}
