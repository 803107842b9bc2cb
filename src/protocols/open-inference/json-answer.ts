import type { InfoAnswer } from '../protocol.ts';

export function jsonAnswer(value: unknown): InfoAnswer {
  return { contentType: 'application/json', body: JSON.stringify(value) };
}
