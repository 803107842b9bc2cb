import type { EncodedAnswer } from './large-bodies.ts';

/** The whole text of an answer that a codec writes piece by piece. */
export function joinPieces(pieces: Generator<string, number, void>): EncodedAnswer {
  let body = '';
  let piece = pieces.next();
  for (; !piece.done; piece = pieces.next()) body += piece.value;
  return { body, nonFinite: piece.value };
}
