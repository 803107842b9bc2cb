import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { GatewayError } from '../errors.ts';
import type { Deadline } from '../inference/deadline.ts';
import { JOINED_AT_ONCE, joinInTurns } from '../join-in-turns.ts';

export interface BodyLimits {
  /** Larger bodies are refused as soon as the limit is passed; of a compressed body the unpacked size counts, too. */
  readonly maxBodyBytes: number;
  /** A body must be complete within this time. */
  readonly bodyTimeoutMs: number;
  /** What all unfinished bodies together may hold, unpacked. */
  readonly maxBufferedBytes: number;
}

export interface BodyHeaders {
  readonly contentEncoding: string | undefined;
  readonly contentLength: string | undefined;
}

type Encoding = 'gzip' | 'deflate' | null;

/** How often unfinished bodies are checked against their deadline. */
const SWEEP_INTERVAL_MS = 250;

/** Reads request bodies within limits that hold for each and for all together. */
export class BodyReader {
  readonly #limits: BodyLimits;
  readonly #held: HeldBodies = { bodies: new Set(), bytes: 0 };
  readonly #sweeper: NodeJS.Timeout;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.#sweeper = setInterval(() => this.#sweep(performance.now()), SWEEP_INTERVAL_MS);
    this.#sweeper.unref();
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  /**
   * The whole body, unpacked.
   *
   * @throws GatewayError PAYLOAD_TOO_LARGE, BODY_TIMEOUT, MODEL_OVERLOADED (too many bytes of unfinished bodies),
   *   UNSUPPORTED_MEDIA_TYPE (content encoding), INVALID_INPUT (not what its encoding says), CLIENT_GONE, or why the
   *   deadline has ended.
   */
  async read(incoming: Readable, headers: BodyHeaders, deadline: Deadline): Promise<Buffer> {
    const encoding = parseEncoding(headers.contentEncoding);
    if (Number(headers.contentLength) > this.#limits.maxBodyBytes) throw tooLarge(this.#limits);
    return this.#until(deadline, (body) => {
      if (encoding !== null) return unpack(incoming, encoding, body);
      const onCut = () => body.cut();
      incoming.on('error', onCut).on('close', onCut);
      return body.collect(incoming);
    });
  }

  /**
   * The whole body of a request whose length is known to be within the limits, and which is not packed: one listener
   * instead of four.
   *
   * @param length bytes of the body, at least 1.
   * @param deadline tells when the client goes away.
   * @throws GatewayError BODY_TIMEOUT, MODEL_OVERLOADED, or why the deadline has ended.
   */
  readKnown(incoming: Readable, length: number, deadline: Deadline): Promise<Buffer> {
    return this.#until(deadline, (body) => body.collectKnown(incoming, length));
  }

  async #until(deadline: Deadline, collect: (body: UnfinishedBody) => Promise<Buffer>): Promise<Buffer> {
    const body = new UnfinishedBody(this.#held, this.#limits);
    deadline.listen(body.fail);
    try {
      return await collect(body);
    } finally {
      deadline.unlisten(body.fail);
    }
  }

  #sweep(now: number): void {
    for (const body of this.#held.bodies) body.failIfLate(now);
  }
}

/** What the unfinished bodies of a reader hold together. */
interface HeldBodies {
  readonly bodies: Set<UnfinishedBody>;
  bytes: number;
}

/** One body on its way in. Its listeners stay: the stream they are on ends with the request. */
class UnfinishedBody {
  readonly #held: HeldBodies;
  readonly #limits: BodyLimits;
  readonly #deadlineAt: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** So many bytes make the body complete; else its end does. */
  #knownLength = Number.POSITIVE_INFINITY;
  #isFinished = false;
  readonly #outcome = Promise.withResolvers<Buffer>();

  constructor(held: HeldBodies, limits: BodyLimits) {
    this.#held = held;
    this.#limits = limits;
    this.#deadlineAt = performance.now() + limits.bodyTimeoutMs;
    held.bodies.add(this);
  }

  /** @param content the bytes that count: what comes in, or what unpacks it. */
  collect(content: Readable): Promise<Buffer> {
    content.on('data', this.#onData).on('end', () => this.#complete());
    return this.#outcome.promise;
  }

  collectKnown(incoming: Readable, length: number): Promise<Buffer> {
    this.#knownLength = length;
    incoming.on('data', this.#onData);
    return this.#outcome.promise;
  }

  cut(): void {
    if (this.#isFinished) return;
    this.fail(new GatewayError('CLIENT_GONE', 'the connection ended before the body was complete'));
  }

  readonly fail = (error: GatewayError): void => {
    if (this.#finish()) this.#outcome.reject(error);
  };

  failIfLate(now: number): void {
    if (this.#deadlineAt > now) return;
    const text = `the body was not complete within ${this.#limits.bodyTimeoutMs} ms`;
    this.fail(new GatewayError('BODY_TIMEOUT', text));
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isFinished) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#held.bytes += chunk.length;
    if (this.#size > this.#limits.maxBodyBytes) this.fail(tooLarge(this.#limits));
    else if (this.#held.bytes > this.#limits.maxBufferedBytes) {
      this.fail(new GatewayError('MODEL_OVERLOADED', 'too many bytes of unfinished request bodies are held'));
    } else if (this.#size === this.#knownLength) this.#complete();
  };

  #complete(): void {
    const chunks = this.#chunks;
    if (!this.#finish()) return;
    if (this.#size > JOINED_AT_ONCE) this.#outcome.resolve(joinInTurns(chunks, this.#size));
    else this.#outcome.resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#size));
  }

  #finish(): boolean {
    if (this.#isFinished) return false;
    this.#isFinished = true;
    this.#held.bodies.delete(this);
    this.#held.bytes -= this.#size;
    this.#chunks = [];
    return true;
  }
}

/** Collects what comes out of the encoding. */
async function unpack(
  incoming: Readable,
  encoding: NonNullable<Encoding>,
  body: UnfinishedBody,
): Promise<Buffer> {
  const unpacker = encoding === 'gzip' ? createGunzip() : createInflate();
  unpacker.on('error', (cause) => body.fail(notEncoded(encoding, cause)));
  // A complete body also closes; what unpacks it may not be through with it yet.
  incoming.on('error', () => body.cut()).on('close', () => incoming.readableEnded || body.cut());
  try {
    return await body.collect(incoming.pipe(unpacker));
  } finally {
    incoming.unpipe(unpacker);
    unpacker.destroy();
  }
}

function tooLarge({ maxBodyBytes }: BodyLimits): GatewayError {
  const text = `the body is larger than ${maxBodyBytes} bytes; send fewer rows at a time`;
  return new GatewayError('PAYLOAD_TOO_LARGE', text);
}

function parseEncoding(header = 'identity'): Encoding {
  const encoding = header.trim().toLowerCase();
  if (encoding === 'gzip' || encoding === 'deflate') return encoding;
  if (encoding === 'identity' || encoding === '') return null;
  throw new GatewayError(
    'UNSUPPORTED_MEDIA_TYPE',
    'the content encoding is not supported; send gzip, deflate or identity',
  );
}

function notEncoded(encoding: string, cause: unknown): GatewayError {
  return new GatewayError('INVALID_INPUT', `the body is not ${encoding}, as its content encoding says`, {
    cause,
  });
}
