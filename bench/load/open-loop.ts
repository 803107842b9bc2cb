import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MeasuredWindow } from './measured-window.ts';

/** What the open loop needs of a connection. */
export interface OpenLoopConnection {
  readonly isFree: boolean;
  send(request: Uint8Array, onAnswer: () => void): void;
}

export interface OpenLoopOptions {
  readonly connections: readonly OpenLoopConnection[];
  readonly requests: readonly Uint8Array[];
  /** Requests a second, evenly spaced. */
  readonly rate: number;
  readonly startsAt: number;
  readonly window: MeasuredWindow;
  readonly failed: AbortSignal;
  /** Milliseconds. */
  readonly now?: () => number;
  readonly turn?: () => Promise<unknown>;
}

/**
 * Sends at a fixed rate whatever the server does. A request that is due while every connection waits for an answer is
 * sent when one is free, and its latency counts from the moment at which it was due: a server that stalls is charged
 * for all the requests that it kept waiting, not only for those that were out (coordinated omission).
 *
 * Looks at the clock in every turn of the event loop, because timers are too coarse: it needs a core of its own.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<void> {
  const { connections, requests, rate, startsAt, window, failed } = options;
  const { now = () => performance.now(), turn = () => nextTurn() } = options;
  const dueAt = (index: number) => startsAt + (index * 1000) / rate;
  const count = Math.round(((window.endsAt - startsAt) * rate) / 1000);
  let next = 0;
  let answered = 0;
  const sendDue = (connection: OpenLoopConnection) => {
    const since = dueAt(next);
    connection.send(requests[next++ % requests.length]!, () => {
      answered++;
      window.add(since, now());
    });
  };
  while (answered < count && !failed.aborted) {
    for (const connection of connections) {
      if (next >= count || dueAt(next) > now()) break;
      if (connection.isFree) sendDue(connection);
    }
    await turn();
  }
}
