import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';

/** Terms in the order of their columns; each is one token, or several with a space between them. */
export type Vocabulary = readonly string[];

/** Each term takes a column of every row. */
const MAX_TERMS = 500_000;

/** The fitted `vocabulary_`. @throws GatewayError INVALID_MODEL; UNSUPPORTED_MODEL if it is too large. */
export function vocabularyOf(estimator: Stored): Vocabulary {
  const stored = estimator.get('vocabulary_');
  const entries = stored.entries();
  if (entries.length > MAX_TERMS) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${stored.path} has ${entries.length} terms, and ${MAX_TERMS} are the most; train with max_features`,
    );
  }
  const terms = new Array<string>(entries.length);
  for (const { key, value } of entries) {
    const column = value.integer();
    if (column < 0 || column >= entries.length || terms[column] !== undefined)
      throw new GatewayError('INVALID_MODEL', `${stored.path} does not number its terms from 0 on`);
    terms[column] = key.text();
  }
  if (terms.length > 0) return terms;
  throw new GatewayError('INVALID_MODEL', `${stored.path} is empty`);
}
