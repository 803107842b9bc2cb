import { answerOrder } from '../answer-order.ts';
import type { ConvertedPaths } from './converted-graph.ts';
import { type FittedPreparation, prepareByConverting, prepareKept } from './prepare-fitted.ts';

/** What a conversion thread is started for. */
export type ConversionOrder =
  | { readonly kind: 'convert'; readonly preparation: FittedPreparation }
  | {
      readonly kind: 'prepare-kept';
      readonly preparation: FittedPreparation;
      readonly kept: ConvertedPaths;
    };

/** Entry of the thread that reads and converts one model, or reads one large graph that was converted earlier. */

await answerOrder((order: ConversionOrder) => {
  // Whoever gives up ends the thread.
  const { signal } = new AbortController();
  return order.kind === 'convert'
    ? prepareByConverting(order.preparation, signal)
    : prepareKept(order.preparation, order.kept, signal);
});
