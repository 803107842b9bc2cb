import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BodyHeaders, BodyReader } from '../../src/http/body-reader.ts';
import { Deadline } from '../../src/inference/deadline.ts';
import { gone } from '../inference/vectors.ts';

const LIMITS = { maxBodyBytes: 1_000, bodyTimeoutMs: 5_000, maxBufferedBytes: 1_500 };
const PLAIN: BodyHeaders = { contentEncoding: undefined, contentLength: undefined };
const encoded = (contentEncoding: string): BodyHeaders => ({ ...PLAIN, contentEncoding });

class DisposableReader extends BodyReader {
  [Symbol.dispose](): void {
    this.close();
  }
}

describe('BodyReader', () => {
  let reader: BodyReader;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    reader = new BodyReader(LIMITS);
  });

  afterEach(() => {
    reader.close();
    vi.useRealTimers();
  });

  const read = (body: Uint8Array, headers: BodyHeaders = PLAIN) => {
    const incoming = new PassThrough();
    incoming.end(body);
    return reader.read(incoming, headers, Deadline.NEVER);
  };

  it('gives the whole body of several chunks', async () => {
    const incoming = new PassThrough();
    const body = reader.read(incoming, PLAIN, Deadline.NEVER);
    incoming.write('{"features":');
    incoming.end('[1]}');
    expect((await body).toString()).toBe('{"features":[1]}');
  });

  it('gives the whole of a very large body, and the event loop its turns meanwhile', async () => {
    using large = new DisposableReader({ ...LIMITS, maxBodyBytes: 2 ** 24, maxBufferedBytes: 2 ** 24 });
    const incoming = new PassThrough({ highWaterMark: 2 ** 24 });
    const sent = randomBytes(10 * 2 ** 20 + 7);
    for (let at = 0; at < sent.length; at += 2 ** 20) incoming.write(sent.subarray(at, at + 2 ** 20));
    incoming.end();
    let turns = 0;
    incoming.on('end', () => setImmediate(() => turns++));
    const body = await large.read(incoming, PLAIN, Deadline.NEVER);
    expect(turns).toBe(1);
    expect(body.equals(sent)).toBe(true);
    expect(body.buffer.byteLength).toBe(body.length);
  });

  it('gives an empty body', async () => {
    expect(await read(Buffer.alloc(0))).toHaveLength(0);
  });

  it.each([
    ['gzip', gzipSync('hello')],
    ['GZip', Buffer.concat([gzipSync('hel'), gzipSync('lo')])],
    ['deflate', deflateSync('hello')],
    ['identity', Buffer.from('hello')],
  ])('unpacks %s', async (encoding, body) => {
    expect((await read(body, encoded(encoding))).toString()).toBe('hello');
  });

  it.each(['br', 'zstd', 'gzip, gzip', 'x'])('refuses the encoding %s', async (encoding) => {
    await expect(read(Buffer.from('hello'), encoded(encoding))).rejects.toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
    });
  });

  it.each([
    ['gzip', Buffer.from('no gzip at all')],
    ['gzip', gzipSync(randomBytes(500)).subarray(0, 300)],
    ['gzip', Buffer.alloc(0)],
    ['deflate', gzipSync('hello')],
  ])('refuses what is not the %s that it says', async (encoding, body) => {
    await expect(read(body, encoded(encoding))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(encoding),
    });
  });

  it('takes a body of exactly the limit', async () => {
    expect(await read(Buffer.alloc(1_000))).toHaveLength(1_000);
    expect(await read(gzipSync(Buffer.alloc(1_000)), encoded('gzip'))).toHaveLength(1_000);
  });

  it('refuses a larger body as soon as the limit is passed', async () => {
    const incoming = new PassThrough();
    const body = reader.read(incoming, PLAIN, Deadline.NEVER);
    incoming.write(Buffer.alloc(1_001));
    await expect(body).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('refuses a larger body by its announced length, unread', async () => {
    const incoming = new PassThrough();
    await expect(
      reader.read(incoming, { ...PLAIN, contentLength: '1001' }, Deadline.NEVER),
    ).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  it('refuses a body that unpacks to more than the limit before the rest has arrived', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    const incoming = new PassThrough();
    const body = reader.read(incoming, encoded('gzip'), Deadline.NEVER);
    incoming.write(bomb.subarray(0, bomb.length / 2));
    await expect(body).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('refuses a body that is not complete in time', async () => {
    const incoming = new PassThrough();
    const outcome = reader.read(incoming, PLAIN, Deadline.NEVER).catch((error: unknown) => error);
    incoming.write('{');
    vi.advanceTimersByTime(5_300);
    expect(await outcome).toMatchObject({ code: 'BODY_TIMEOUT' });
  });

  it.each([
    ['plain', PLAIN, (size: number) => Buffer.alloc(size)],
    ['unpacked', encoded('gzip'), (size: number) => gzipSync(Buffer.alloc(size)).subarray(0, -8)],
  ])('refuses more %s bytes of unfinished bodies than it may hold in all', async (_, headers, make) => {
    const first = new PassThrough();
    const firstBody = reader.read(first, headers, Deadline.NEVER);
    firstBody.catch(() => null);
    first.write(make(900));
    const second = new PassThrough();
    second.write(make(900));
    await expect(reader.read(second, headers, Deadline.NEVER)).rejects.toMatchObject({
      code: 'MODEL_OVERLOADED',
    });
    // What was given up, or is complete, no longer counts.
    first.destroy();
    await expect(firstBody).rejects.toMatchObject({ code: 'CLIENT_GONE' });
    expect(await read(Buffer.alloc(1_000))).toHaveLength(1_000);
    expect(await read(Buffer.alloc(1_000))).toHaveLength(1_000);
  });

  it.each([
    ['plain', PLAIN, null],
    ['packed', encoded('gzip'), null],
    ['of a known length', PLAIN, 10],
  ])('gives up a body, %s, when the deadline of its request ends', async (_, headers, length) => {
    const deadline = new Deadline(Number.POSITIVE_INFINITY, 0);
    const incoming = new PassThrough();
    const body =
      length === null
        ? reader.read(incoming, headers, deadline)
        : reader.readKnown(incoming, length, deadline);
    incoming.write('{');
    deadline.end(gone);
    await expect(body).rejects.toBe(gone);
  });

  it('tells when the client goes away in the middle', async () => {
    const incoming = new PassThrough();
    const body = reader.read(incoming, PLAIN, Deadline.NEVER);
    incoming.write('{');
    incoming.destroy(new Error('aborted'));
    await expect(body).rejects.toMatchObject({ code: 'CLIENT_GONE' });
  });
});
