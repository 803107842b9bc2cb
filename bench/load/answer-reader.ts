const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/**
 * Finds the ends of HTTP/1.1 answers in what a connection receives: just enough of the protocol (`content-length` or
 * chunks, no upgrade, no answers without a body) to cost the load generator's core as little as possible.
 */
export class AnswerReader {
  readonly #onAnswer: (status: number) => void;
  #pending: Buffer | null = null;

  constructor(onAnswer: (status: number) => void) {
    this.#onAnswer = onAnswer;
  }

  /** @throws Error if this is no answer that it understands */
  push(chunk: Buffer): void {
    let rest = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = null;
    while (rest.length > 0) {
      const end = endOfAnswer(rest);
      if (end === null || end > rest.length) {
        this.#pending = rest;
        return;
      }
      const status = Number(rest.toString('latin1', 9, 12));
      rest = rest.subarray(end);
      this.#onAnswer(status);
    }
  }
}

/** The offset after the first answer, which may lie beyond what has come; null if that cannot be told yet. */
function endOfAnswer(bytes: Buffer): number | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = bytes.toString('latin1', 0, headEnd);
  const bodyStart = headEnd + HEAD_END.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length !== null) return bodyStart + Number(length[1]);
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return endOfChunks(bytes, bodyStart);
  throw new Error('an answer has neither a length nor chunks');
}

function endOfChunks(bytes: Buffer, start: number): number | null {
  for (let offset = start; ; ) {
    const lineEnd = bytes.indexOf(LINE_END, offset);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.toString('latin1', offset, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('an answer has a chunk without a size');
    offset = lineEnd + LINE_END.length + size + LINE_END.length;
    if (size === 0) return offset;
    if (offset > bytes.length) return null;
  }
}
