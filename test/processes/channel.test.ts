import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { Channel, type ChannelEnd, type Handlers } from '../../src/processes/channel.ts';

type Sums = { add(numbers: readonly number[]): number; fail(how: string): void; wait(nothing: null): void };

/** Both ends of a channel whose messages are clones, and arrive a turn later in their order. */
function ends(): readonly [ChannelEnd, ChannelEnd] {
  const [left, right] = [new EventEmitter(), new EventEmitter()];
  const end = (own: EventEmitter, other: EventEmitter): ChannelEnd => ({
    on: (event, listener) => own.on(event, listener),
    send: (message) => {
      const clone = structuredClone(message);
      setImmediate(() => other.emit('message', clone));
      return true;
    },
  });
  return [end(left, right), end(right, left)];
}

function setUp() {
  const [near, far] = ends();
  const handlers: Handlers<Sums> = {
    add: (numbers) => numbers.reduce((sum, number) => sum + number, 0),
    fail: (how) => {
      if (how === 'bug') throw new TypeError('a bug');
      throw new GatewayError('VERSION_NOT_FOUND', 'no version 7', { retryAfterSeconds: 3 });
    },
    wait: () => new Promise(() => {}),
  };
  new Channel<Record<string, never>, Sums>(far, handlers);
  return new Channel<Sums, Record<string, never>>(near, {});
}

describe('Channel', () => {
  it('brings answers to who asked', async () => {
    const channel = setUp();
    expect(await Promise.all([channel.call('add', [1, 2]), channel.call('add', [3, 4])])).toEqual([3, 7]);
  });

  it('brings errors over with what callers need of them', async () => {
    const channel = setUp();
    await expect(channel.call('fail', 'known')).rejects.toMatchObject({
      code: 'VERSION_NOT_FOUND',
      message: 'no version 7',
      retryAfterSeconds: 3,
    });
    // The text of a bug is for the log, not for clients.
    await expect(channel.call('fail', 'bug')).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'a process of the group failed at "fail"',
      cause: expect.stringContaining('a bug'),
    });
  });

  it('fails what waits, and all later calls, once the other side is gone', async () => {
    const channel = setUp();
    const waiting = channel.call('wait', null);
    await turn();
    const reason = new GatewayError('LOAD_CRASHED', 'the process died');
    channel.close(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(channel.call('add', [1])).rejects.toBe(reason);
  });
});
