import type { InfoAnswer } from './protocol.ts';

/** An answer of JSON to a question that runs no model. */
export function jsonAnswer(value: unknown): InfoAnswer {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}
