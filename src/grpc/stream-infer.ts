import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { InferRequestMessage } from '../protocols/open-inference/infer-message.ts';
import { toServiceError } from './grpc-status.ts';
import type { AnsweredCall, InferCalls } from './infer-calls.ts';

/** Requests of one stream that are worked on at once; so long the next is not read. */
const MOST_AT_ONCE = 32;

/** A client that sends this asks for a real status instead of `error_message`, which ends the stream (Triton). */
const WANTS_STATUS = 'triton_grpc_error';

/**
 * `ModelStreamInfer`: requests of a stream run together and are answered in their order. A request that fails is
 * answered with `error_message`, and the stream goes on.
 */
export function streamInfer(call: ServerDuplexStream<InferRequestMessage, unknown>, calls: InferCalls): void {
  const wantsStatus = call.metadata.get(WANTS_STATUS)[0] === 'true';
  const cancelled = new Set<() => void>();
  let open = 0;
  let hasEnded = false;
  let last: Promise<void> = Promise.resolve();
  call.on('cancelled', () => {
    for (const listener of cancelled) listener();
  });

  const answer = async (answered: Promise<AnsweredCall>, before: Promise<void>): Promise<void> => {
    const outcome = await answered.then(
      ({ message }) => ({ infer_response: message }),
      (error) => ({ error }),
    );
    await before;
    if (call.destroyed || call.writableEnded) return;
    if (!('error' in outcome)) call.write(outcome);
    else if (wantsStatus)
      call.emit('error', toServiceError(outcome.error)); // sends the status, and ends the stream
    else call.write({ error_message: toServiceError(outcome.error).details });
  };

  call.on('data', (message: InferRequestMessage) => {
    let listener = () => {};
    const answered = calls.answer({
      message,
      metadata: call.metadata,
      clientDeadline: call.getDeadline(),
      onCancelled: (given) => {
        listener = given;
        cancelled.add(given);
      },
    });
    if (++open >= MOST_AT_ONCE) call.pause();
    last = answer(answered, last).finally(() => {
      cancelled.delete(listener);
      if (--open < MOST_AT_ONCE) call.resume();
      if (hasEnded && open === 0) call.end();
    });
  });
  call.on('end', () => {
    hasEnded = true;
    if (open === 0) call.end();
  });
  call.on('error', () => {}); // the client is gone; the deadlines of its requests end
}
