import { GatewayError } from '../../../../../errors.ts';
import type { Stored } from '../../../values/stored.ts';
import { type LightgbmObjective, lightgbmObjective } from './lightgbm-objective.ts';

/** What a Booster of LightGBM holds. */
export interface LightgbmModel {
  /** The parsed text. */
  readonly handle: Stored;
  readonly objective: LightgbmObjective;
  /** Raw scores of each row: one for each class, or one. */
  readonly groups: number;
  readonly width: number;
  /** The trees that predict, iteration after iteration, each with one tree for each group. */
  readonly trees: readonly Stored[];
  readonly iterations: number;
  /** Whether the raw score is the mean of the iterations (random forests) instead of their sum. */
  readonly isAverage: boolean;
}

/**
 * @param booster an object of the class `lightgbm.basic.Booster`, with its model as `_handle` (`handle` before 4.0).
 * @throws GatewayError INVALID_MODEL or UNSUPPORTED_MODEL.
 */
export function lightgbmModel(booster: Stored): LightgbmModel {
  const handle = handleOf(booster);
  const groups = integerText(handle, 'num_tree_per_iteration');
  const all = handle.get('trees').items();
  if (groups < 1 || all.length === 0 || all.length % groups !== 0)
    throw new GatewayError('INVALID_MODEL', `${handle.path} has ${all.length} trees for ${groups} scores`);
  const best = booster.find('best_iteration')?.integer() ?? 0;
  const trained = all.length / groups;
  const iterations = best > 0 ? Math.min(best, trained) : trained;
  return {
    handle,
    objective: lightgbmObjective(handle),
    groups,
    width: widthOf(handle),
    trees: all.slice(0, iterations * groups),
    iterations,
    isAverage: handle.has('average_output'),
  };
}

export function handleOf(booster: Stored): Stored {
  return booster.has('_handle') ? booster.get('_handle') : booster.get('handle');
}

export function widthOf(handle: Stored): number {
  return integerText(handle, 'max_feature_idx') + 1;
}

function integerText(handle: Stored, name: string): number {
  const stored = handle.get(name);
  const text = stored.text().trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new GatewayError('INVALID_MODEL', `${stored.path} is no number but "${text.slice(0, 40)}"`);
}
