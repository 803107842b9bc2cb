import { answerOrder } from '../answer-order.ts';
import { findMissingFiles, type Preparation, prepareModel } from './prepare-model.ts';

/** What a preparation thread is started for. */
export type PreparationOrder =
  | { readonly kind: 'prepare'; readonly preparation: Preparation }
  | { readonly kind: 'find-missing-files'; readonly directory: string };

/** Entry of the thread that reads one large graph. */

await answerOrder((order: PreparationOrder) =>
  // Whoever gives up ends the thread.
  order.kind === 'prepare'
    ? prepareModel(order.preparation, new AbortController().signal)
    : findMissingFiles(order.directory),
);
