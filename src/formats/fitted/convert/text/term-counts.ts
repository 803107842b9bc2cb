import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import { tokensOf } from './tokens.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

const MAX_LENGTH = 20;
/** No token begins with it. */
const NO_TOKEN = '\u{10FFFE}';

export interface TermCounts {
  /** `[rows, width]`, in the working precision. */
  readonly value: GraphValue;
  readonly width: number;
}

/** How often each term of the vocabulary stands in each text, or whether it does (`binary`). */
export function termCounts(estimator: Stored, features: Features, scope: Scope): TermCounts {
  const { graph } = scope;
  const [least, most] = estimator.get('ngram_range').numbersOfShape(2).values as unknown as [number, number];
  if (!Number.isInteger(least) || !Number.isInteger(most) || least < 1 || most < least || most > MAX_LENGTH)
    throw new GatewayError('UNSUPPORTED_MODEL', `${estimator.label} has ngram_range (${least}, ${most})`);
  const vocabulary = vocabularyOf(estimator);
  const stopWords = stopWordsOf(estimator, most);
  const tokens = tokensOf(estimator, features, scope);
  const counts = counted(graph, tokens, { vocabulary, stopWords, least, most });
  const isBinary = estimator.get('binary').boolean();
  const value = isBinary ? graph.op('Greater', counts, graph.floats([0], [])) : counts;
  return { value: graph.castReal(value), width: vocabulary.length };
}

/** They are left out before terms are made of several tokens, for which the runtime has no way. */
function stopWordsOf(estimator: Stored, most: number): ReadonlySet<string> {
  const stored = estimator.find('stop_words');
  if (stored === null) return new Set();
  if (most > 1)
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} has stop_words and terms of several words`,
    );
  if (typeof stored.value !== 'string') return new Set(stored.items().map((word) => word.text()));
  // The list of that name is scikit-learn's own; a vocabulary that was learnt does not have its words.
  if (!estimator.get('fixed_vocabulary_').boolean()) return new Set();
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} has a given vocabulary and stop_words by name`,
  );
}

interface Terms {
  readonly vocabulary: Vocabulary;
  readonly stopWords: ReadonlySet<string>;
  readonly least: number;
  readonly most: number;
}

/** ONNX wants the terms by their number of tokens. */
function counted(
  graph: GraphBuilder,
  tokens: GraphValue,
  { vocabulary, stopWords, least, most }: Terms,
): GraphValue {
  const byLength = Array.from({ length: most }, (): { texts: string[]; columns: number[] } => ({
    texts: [],
    columns: [],
  }));
  let last = -1;
  for (const [column, term] of vocabulary.entries()) {
    const words = term.split(' ');
    const group = byLength[words.length - 1];
    if (group === undefined || words.length < least || words.includes('') || stopWords.has(term)) continue;
    group.texts.push(...words);
    group.columns.push(column);
    last = column;
  }
  // A term that no text can hold keeps the last column, so that all of them are there.
  if (last < vocabulary.length - 1) {
    const group = byLength[least - 1] as (typeof byLength)[number];
    group.texts.push(...new Array<string>(least).fill(NO_TOKEN));
    group.columns.push(vocabulary.length - 1);
  }
  let start = 0;
  const starts = byLength.map(({ texts }) => {
    const from = start;
    start += texts.length;
    return from;
  });
  return graph.node('TfIdfVectorizer', [tokens], {
    attributes: {
      mode: { text: 'TF' },
      min_gram_length: { integer: least },
      max_gram_length: { integer: most },
      max_skip_count: { integer: 0 },
      ngram_counts: { integers: starts },
      ngram_indexes: { integers: byLength.flatMap(({ columns }) => columns) },
      pool_strings: { texts: byLength.flatMap(({ texts }) => texts) },
    },
  });
}
