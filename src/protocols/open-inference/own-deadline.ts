import type { GatewayError } from '../../errors.ts';
import { Deadline } from '../../inference/deadline.ts';

/** The deadline of a request that may wait less long than others, until it is disposed. */
export class OwnDeadline implements Disposable {
  readonly deadline: Deadline;
  readonly #whole: Deadline;
  readonly #end = (reason: GatewayError) => this.deadline.end(reason);

  /** @param timeoutMs 0: `whole` is the deadline. */
  constructor(whole: Deadline, startedAt: number, timeoutMs: number) {
    const isOwn = timeoutMs > 0 && startedAt + timeoutMs < whole.at;
    this.deadline = isOwn ? new Deadline(startedAt + timeoutMs, timeoutMs) : whole;
    this.#whole = whole;
    if (isOwn) whole.listen(this.#end);
  }

  [Symbol.dispose](): void {
    if (this.deadline !== this.#whole) this.#whole.unlisten(this.#end);
  }
}
