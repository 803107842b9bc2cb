import { setImmediate as nextTurn } from 'node:timers/promises';

/** What one turn of the event loop copies: 2 to 3 ms for fresh memory, where 64 MiB at once take 50. */
export const JOINED_AT_ONCE = 4 * 2 ** 20;

/** As `Buffer.concat`, with turns of the event loop between. @param size the bytes of all together. */
export async function joinInTurns(chunks: readonly Uint8Array[], size: number): Promise<Buffer<ArrayBuffer>> {
  const whole = Buffer.allocUnsafeSlow(size);
  let length = 0;
  let thisTurn = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += JOINED_AT_ONCE) {
      const piece = chunk.subarray(at, at + JOINED_AT_ONCE);
      whole.set(piece, length);
      length += piece.length;
      thisTurn += piece.length;
      if (thisTurn < JOINED_AT_ONCE) continue;
      thisTurn = 0;
      await nextTurn();
    }
  }
  return whole;
}
