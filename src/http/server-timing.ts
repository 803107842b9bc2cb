import type { AnswerTimings } from '../protocols/protocol.ts';

const THOUSANDTHS = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));

/** The value of the header `server-timing`. */
export function serverTiming({ parseMs, queueMs, inferMs, encodeMs }: AnswerTimings): string {
  return `parse;dur=${millisText(parseMs)}, queue;dur=${millisText(queueMs)}, infer;dur=${millisText(inferMs)}, encode;dur=${millisText(encodeMs)}`;
}

/** Milliseconds with three decimals, as `toFixed(3)` writes them and quicker. */
export function millisText(ms: number): string {
  const micros = Math.max(0, Math.round(ms * 1000));
  return `${Math.floor(micros / 1000)}.${THOUSANDTHS[micros % 1000]}`;
}
