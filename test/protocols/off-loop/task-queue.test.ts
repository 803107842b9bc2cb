import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/errors.ts';
import { Deadline } from '../../../src/inference/deadline.ts';
import { CodecThread } from '../../../src/protocols/off-loop/codec-thread.ts';
import type { CodecReply } from '../../../src/protocols/off-loop/messages.ts';
import { TaskQueue } from '../../../src/protocols/off-loop/task-queue.ts';
import { NUMBERS } from './predict-signatures.ts';

const GONE = new GatewayError('CLIENT_GONE', 'the client closed its connection');
const limits = { parseHeapBytes: Number.POSITIVE_INFINITY, answerBytes: 1000 };

function rows(count: number): string {
  return `{"features":[${Array(count).fill('[1,2]').join(',')}]}`;
}

/** Seconds of work, and more values than a heap of 16 MiB holds. */
const EMPTY_ROWS = `{"features":[${Array(600_000).fill('[]').join(',')}]}`;

describe('TaskQueue', () => {
  let thread: CodecThread;
  let queue: TaskQueue;

  beforeEach(() => {
    thread = new CodecThread({ name: 'test', heapMiB: 16, idleMs: 60_000, limits });
    queue = new TaskQueue([{ thread, maxBytes: 2 ** 20 }]);
  });
  afterEach(() => queue.close());

  function decode(text: string, deadline = new Deadline(Number.POSITIVE_INFINITY, 0)): Promise<CodecReply> {
    const body = new Uint8Array(Buffer.from(text));
    return queue.run({
      task: { kind: 'decode', protocol: 'predict', body, signature: NUMBERS, options: {} },
      transfer: [body.buffer],
      bytes: 0,
      deadline,
    });
  }

  function encode(count: number): Promise<CodecReply> {
    const outputs = [
      { type: 'int64', dims: [count], data: new BigInt64Array(count) },
      { type: 'float32', dims: [count, 2], data: new Float32Array(2 * count) },
    ] as const;
    const answer = {
      outputs,
      rows: count,
      signature: NUMBERS,
      form: { single: false },
      options: { allProbabilities: false },
    };
    const task = { kind: 'encode', protocol: 'predict', answer } as const;
    return queue.run({ task, transfer: [], bytes: 0, deadline: Deadline.NEVER });
  }

  const rowsOf = async (reply: Promise<CodecReply>) =>
    ((await reply) as Extract<CodecReply, { kind: 'decoded' }>).decoded.rows;

  it('does one task after the other, answers before bodies', async () => {
    const order: string[] = [];
    await Promise.all([
      decode(rows(5_000)).then(() => order.push('first body')),
      decode(rows(1)).then(() => order.push('second body')),
      encode(1).then(() => order.push('answer')),
    ]);
    expect(order).toEqual(['first body', 'answer', 'second body']);
  });

  it('drops what waits when nobody wants it any more', async () => {
    const running = decode(rows(20_000));
    const deadline = new Deadline(Number.POSITIVE_INFINITY, 0);
    // Were it begun, it would cost the thread, and the last one would fail.
    const waiting = decode(EMPTY_ROWS, deadline);
    const last = decode(rows(3));
    deadline.end(GONE);
    await expect(waiting).rejects.toBe(GONE);
    expect(await rowsOf(running)).toBe(20_000);
    expect(await rowsOf(last)).toBe(3);
  });

  it('gives up at once what runs when nobody wants it, and goes on with the next', async () => {
    const deadline = new Deadline(Number.POSITIVE_INFINITY, 0);
    const running = decode(rows(20_000), deadline);
    const next = decode(rows(3));
    const isNextDone = next.then(() => true);
    deadline.end(GONE);
    await expect(running).rejects.toBe(GONE);
    expect(thread.isBusy).toBe(true);
    expect(await isNextDone).toBe(true);
  });

  it('does not begin what is too late already', async () => {
    await expect(decode(rows(1), new Deadline(0, 7))).rejects.toThrow('not answered within 7 ms');
    expect(thread.isStarted).toBe(false);
  });

  it('loses only the request whose body uses up the memory of the thread', async () => {
    const hostile = decode(EMPTY_ROWS);
    const next = decode(rows(2));
    await expect(hostile).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: 'the body takes more memory than there is; send fewer rows at a time',
    });
    expect(await rowsOf(next)).toBe(2);
  });

  it('refuses an answer above the limit', async () => {
    await expect(encode(1_000)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(await encode(1)).toMatchObject({ kind: 'encoded', nonFinite: 0 });
  });

  it('fails what runs, waits and comes when it is closed', async () => {
    const running = decode(rows(20_000));
    const waiting = decode(rows(1));
    const settled = Promise.allSettled([running, waiting]);
    const closed = queue.close();
    for (const result of await settled) expect(result).toMatchObject({ reason: { code: 'SHUTTING_DOWN' } });
    await expect(decode(rows(1))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await closed;
    expect(thread.isStarted).toBe(false);
  });

  it('lets only small tasks through a lane that takes no others', async () => {
    const other = new CodecThread({ name: 'other', heapMiB: 64, idleMs: 60_000, limits });
    const lanes = new TaskQueue([
      { thread, maxBytes: 10 },
      { thread: other, maxBytes: 100 },
    ]);
    const run = (bytes: number) => {
      const body = new Uint8Array(Buffer.from(rows(2_000)));
      return lanes.run({
        task: { kind: 'decode', protocol: 'predict', body, signature: NUMBERS, options: {} },
        transfer: [body.buffer],
        bytes,
        deadline: Deadline.NEVER,
      });
    };
    const large = [run(100), run(100)];
    expect([thread.isBusy, other.isBusy]).toEqual([false, true]);
    const small = run(10);
    expect(thread.isBusy).toBe(true);
    await Promise.all([...large, small]);
    await lanes.close();
  });

  it('tells how long a thread takes for what it holds', async () => {
    expect(queue.secondsToDecode(1)).toBe(1);
    expect(queue.secondsToDecode(320_000_000)).toBe(10);
  });
});

describe('CodecThread', () => {
  it('ends when it has nothing to do, and starts again', async () => {
    const thread = new CodecThread({ name: 'test', heapMiB: 64, idleMs: 1, limits });
    const decode = () => {
      const body = new Uint8Array(Buffer.from(rows(1)));
      return thread.perform({ kind: 'decode', protocol: 'predict', body, signature: NUMBERS, options: {} }, [
        body.buffer,
      ]);
    };
    await decode();
    while (thread.isStarted) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await decode()).toMatchObject({ kind: 'decoded' });
    await thread.close();
  });
});
