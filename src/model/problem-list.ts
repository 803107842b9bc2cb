import { GatewayError, type Problem } from '../errors.ts';

const MAX_LISTED = 100;

/** Everything that is wrong with one request; the first 100 in full, the rest as a number. */
export class ProblemList {
  readonly #listed: Problem[] = [];
  #count = 0;

  /** How many were added, listed or not. */
  get count(): number {
    return this.#count;
  }

  /** `describe` is called only if the problem will be listed, so that a million of them stay cheap. */
  add(describe: () => Problem): void {
    this.#count++;
    if (this.#listed.length < MAX_LISTED) this.#listed.push(describe());
  }

  /** @throws GatewayError INVALID_INPUT if anything was added; its message also reads well without the list. */
  throwIfAny(): void {
    const [first] = this.#listed;
    if (first === undefined) return;
    const sentence = first.pointer === '' ? first.detail : `${first.detail} (at ${first.pointer})`;
    const unlisted = this.#count - this.#listed.length;
    const problems =
      unlisted === 0 ? this.#listed : [...this.#listed, { pointer: '', detail: `and ${unlisted} more` }];
    const message = this.#count === 1 ? sentence : `${this.#count} problems; the first: ${sentence}`;
    throw new GatewayError('INVALID_INPUT', message, { problems });
  }
}
