import type { Family } from '../converter.ts';
import { categoricalNb } from './categorical-nb.ts';
import { bernoulliNb, complementNb, multinomialNb } from './count-nb.ts';
import { gaussianNb } from './gaussian-nb.ts';

export const bayesFamily: Family = {
  name: 'naive Bayes',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    BernoulliNB: bernoulliNb,
    CategoricalNB: categoricalNb,
    ComplementNB: complementNb,
    GaussianNB: gaussianNb,
    MultinomialNB: multinomialNb,
  },
};
