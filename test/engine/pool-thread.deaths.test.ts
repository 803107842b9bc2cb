import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkerCall } from '../../src/engine/messages.ts';
import { PoolThread } from '../../src/engine/pool-thread.ts';
import { classifier, irises } from './sample-graphs.ts';

/** A worker whose replies and whose death the test decides; real ones cannot be made to die at a given moment. */
class FakeWorker extends EventEmitter {
  static readonly all: FakeWorker[] = [];
  readonly calls: WorkerCall[] = [];

  constructor() {
    super();
    FakeWorker.all.push(this);
  }

  postMessage(call: WorkerCall): void {
    this.calls.push(call);
  }

  ref(): void {}

  unref(): void {}

  reply(...indexes: number[]): void {
    for (const index of indexes) {
      this.emit('message', { call: this.calls[index]!.call, outputs: [], runMs: 1, failure: null });
    }
  }

  die(): void {
    this.emit('exit', 1);
  }
}

vi.mock('node:worker_threads', async (original) => ({
  ...(await original<typeof import('node:worker_threads')>()),
  get Worker() {
    return FakeWorker;
  },
}));

const died = { code: 'INFERENCE_FAILED', message: 'the worker thread of this run ended unexpectedly' };

describe('PoolThread', () => {
  beforeEach(() => {
    FakeWorker.all.length = 0;
  });

  async function setUp() {
    const thread = new PoolThread({ name: 'test', heapMiB: 16 });
    const loads = [thread.load(1, classifier), thread.load(2, classifier)];
    FakeWorker.all[0]!.reply(0, 1);
    await Promise.all(loads);
    return thread;
  }

  it('makes a run once more only, though the thread dies of it while another session is loaded again', async () => {
    const thread = await setUp();
    const [first, second, third] = [1, 1, 2].map((session) => thread.run(session, irises()));
    FakeWorker.all[0]!.die();
    await expect(first).rejects.toMatchObject(died);
    // Session 1 is there again and runs; session 2 is not.
    FakeWorker.all[1]!.reply(0);
    FakeWorker.all[1]!.die();
    await expect(second).rejects.toMatchObject(died);
    const { calls } = FakeWorker.all[2]!;
    expect(calls.map(({ kind, session }) => [kind, session])).toEqual([
      ['load', 1],
      ['load', 2],
      ['run', 2],
    ]);
    FakeWorker.all[2]!.reply(0, 1, 2);
    expect(await third).toMatchObject({ runMs: 1 });
  });

  it('keeps the runs that wait while a session is closed', async () => {
    const thread = await setUp();
    const running = thread.run(1, irises());
    const waiting = thread.run(2, irises());
    const closing = thread.closeSession(1);
    FakeWorker.all[0]!.die();
    await Promise.all([closing, expect(running).rejects.toMatchObject(died)]);
    await turn();
    FakeWorker.all[1]!.reply(0, 1);
    expect(await waiting).toMatchObject({ runMs: 1 });
  });
});
