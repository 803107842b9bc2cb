import type { DirectCall, WireAnswer } from './model-call.ts';

interface Letter {
  readonly call: DirectCall;
  readonly answer: WireAnswer;
}

/**
 * Writes the answers of one batch one right after the other, once all of them are made. A write wakes whoever waits
 * for it; spread over the making of the answers, each would (bench/README.md has the figures).
 */
export class Outbox {
  #letters: Letter[] = [];

  send(call: DirectCall, answer: WireAnswer): void {
    // What a batch has resolved goes on in microtasks, and ticks wait until none is left.
    if (this.#letters.push({ call, answer }) === 1) process.nextTick(this.#flush);
  }

  readonly #flush = (): void => {
    const letters = this.#letters;
    this.#letters = [];
    for (const letter of letters) write(letter);
  };
}

function write({ call, answer: { status, headers, body } }: Letter): void {
  const { outgoing, body: incoming } = call;
  const bytes = Buffer.byteLength(body);
  headers.push('content-length', String(bytes));
  outgoing.writeHead(status, headers);
  // Of a text without other characters ASCII is a copy, UTF-8 a conversion.
  if (typeof body === 'string') outgoing.end(body, bytes === body.length ? 'latin1' : 'utf8');
  else outgoing.end(body);
  // The rest of a body that was refused must go by before the connection can be used again.
  if (!incoming.readableEnded) incoming.resume();
}
