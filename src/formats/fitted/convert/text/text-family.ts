import type { Family } from '../converter.ts';
import { countVectorizer, tfidfTransformer, tfidfVectorizer } from './vectorizers.ts';

export const textFamily: Family = {
  name: 'words of texts',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    CountVectorizer: countVectorizer,
    TfidfVectorizer: tfidfVectorizer,
    TfidfTransformer: tfidfTransformer,
  },
};
