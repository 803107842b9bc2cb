import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';
import { EXPORT_INSTEAD } from '../../export-instead.ts';
import { sigmoid, softmax } from '../../scores.ts';

type Link = 'identity' | 'sigmoid' | 'exponential' | 'softmax' | 'signed-square' | 'log-one-plus-exponential';

export interface LightgbmObjective {
  readonly link: Link;
  /** What raw scores are multiplied by before the sigmoid. */
  readonly steepness: number;
}

/** As `ConvertOutput` of each objective does (LightGBM, `src/objective/`), versions 2 to 4. */
const LINKS: ReadonlyMap<string, Link> = new Map([
  ['regression', 'identity'],
  ['regression_l1', 'identity'],
  ['huber', 'identity'],
  ['fair', 'identity'],
  ['quantile', 'identity'],
  ['mape', 'identity'],
  ['poisson', 'exponential'],
  ['gamma', 'exponential'],
  ['tweedie', 'exponential'],
  ['binary', 'sigmoid'],
  ['multiclass', 'softmax'],
  ['multiclassova', 'sigmoid'],
  ['cross_entropy', 'sigmoid'],
  ['cross_entropy_lambda', 'log-one-plus-exponential'],
  ['lambdarank', 'identity'],
  ['rank_xendcg', 'identity'],
  // A function of one's own: the raw scores are the answer.
  ['custom', 'identity'],
]);

/**
 * The line `objective=binary sigmoid:1`; it is missing where the objective was a function.
 *
 * @throws GatewayError UNSUPPORTED_MODEL that names the objective.
 */
export function lightgbmObjective(handle: Stored): LightgbmObjective {
  if (!handle.has('objective')) return { link: 'identity', steepness: 1 };
  const stored = handle.get('objective');
  const [name = '', ...options] = stored.text().trim().split(' ');
  const link = LINKS.get(name);
  if (link === undefined) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${stored.path}: the objective "${name.slice(0, 60)}" is not converted to a graph; ${EXPORT_INSTEAD}`,
    );
  }
  const steepness = Number(options.find((option) => option.startsWith('sigmoid:'))?.slice(8) ?? 1);
  if (!(steepness > 0 && Number.isFinite(steepness)))
    throw new GatewayError('INVALID_MODEL', `${stored.path}: its sigmoid is no positive number`);
  return { link: options.includes('sqrt') ? 'signed-square' : link, steepness };
}

/** What `Booster.predict` answers: `[rows, groups]`. */
export function lightgbmAnswers(
  graph: GraphBuilder,
  scores: GraphValue,
  { link, steepness }: LightgbmObjective,
): GraphValue {
  switch (link) {
    case 'identity':
      return scores;
    case 'sigmoid':
      return sigmoid(graph, steepness === 1 ? scores : graph.op('Mul', scores, graph.real(steepness)));
    case 'exponential':
      return graph.op('Exp', scores);
    case 'softmax':
      return softmax(graph, scores);
    case 'signed-square':
      return graph.op('Mul', scores, graph.op('Abs', scores));
    case 'log-one-plus-exponential':
      return graph.op('Log', graph.op('Add', graph.op('Exp', scores), graph.real(1)));
  }
}
