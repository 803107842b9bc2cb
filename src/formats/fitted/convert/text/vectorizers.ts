import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import { honourDtype } from '../preprocessing/output-dtype.ts';
import { termCounts } from './term-counts.ts';
import { tfidfWeights } from './tfidf-weights.ts';

const LIMITS =
  'analyzer other than "word", other token patterns, strip_accents, functions, stop words beside n-grams; texts with İ, or Σ at the end of a word, fail where lowercase=True';

/** One column of texts: only their tokens count. */
const TEXTS: Pick<Converter, 'limits' | 'textColumns' | 'inputs'> = {
  limits: LIMITS,
  textColumns: () => new Set([0]),
  inputs: () => ({ width: 1, names: null }),
};

/** How often each term is in each text. */
export const countVectorizer: Converter = {
  ...TEXTS,
  transform(estimator, features, scope) {
    honourDtype(estimator, scope);
    const { value, width } = termCounts(estimator, features, scope);
    return Features.made(scope.graph, value, width);
  },
};

/** The same, weighted by how rare a term is, in rows of length 1. */
export const tfidfVectorizer: Converter = {
  ...TEXTS,
  transform(estimator, features, scope) {
    honourDtype(estimator, scope);
    const { value, width } = termCounts(estimator, features, scope);
    return Features.made(
      scope.graph,
      tfidfWeights(scope.graph, estimator.get('_tfidf'), value, width),
      width,
    );
  },
};

/** The weights alone, of counts that another step made. */
export const tfidfTransformer: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    return Features.made(
      graph,
      tfidfWeights(graph, estimator, features.matrix(), features.width),
      features.width,
    );
  },
};
