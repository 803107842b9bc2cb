import type { Readable, Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { GatewayError } from '../errors.ts';

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

interface UnfinishedBody {
  readonly deadlineAt: number;
  readonly fail: (error: GatewayError) => void;
}

type Encoding = 'gzip' | 'deflate' | null;

/** How often unfinished bodies are checked against their deadline. */
const SWEEP_INTERVAL_MS = 250;

/** Reads request bodies within limits that hold for each and for all together. */
export class BodyReader {
  readonly #limits: BodyLimits;
  readonly #unfinished = new Set<UnfinishedBody>();
  readonly #sweeper: NodeJS.Timeout;
  #bufferedBytes = 0;

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
   *   UNSUPPORTED_MEDIA_TYPE (content encoding), INVALID_INPUT (not what its encoding says), CLIENT_GONE.
   */
  async read(incoming: Readable, headers: BodyHeaders): Promise<Buffer> {
    const encoding = parseEncoding(headers.contentEncoding);
    if (Number(headers.contentLength) > this.#limits.maxBodyBytes) throw this.#tooLarge();
    if (encoding === null) return this.#collect(incoming, incoming, null);
    const unpacker = encoding === 'gzip' ? createGunzip() : createInflate();
    try {
      return await this.#collect(incoming, incoming.pipe(unpacker), encoding);
    } finally {
      incoming.unpipe(unpacker);
      unpacker.destroy();
    }
  }

  /** @param content the bytes that count: `incoming` itself, or what unpacks it. */
  #collect(incoming: Readable, content: Readable | Transform, encoding: Encoding): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const entry: UnfinishedBody = {
        deadlineAt: performance.now() + this.#limits.bodyTimeoutMs,
        fail: (error) => finish(() => reject(error)),
      };
      this.#unfinished.add(entry);
      const finish = (settle: () => void) => {
        if (!this.#unfinished.delete(entry)) return;
        this.#bufferedBytes -= size;
        content.off('data', onData).off('end', onEnd);
        incoming.off('error', onCut).off('close', onCut);
        settle();
      };
      const onData = (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        this.#bufferedBytes += chunk.length;
        const excess = this.#excess(size);
        if (excess !== null) entry.fail(excess);
      };
      const onEnd = () =>
        finish(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)));
      const onCut = () => {
        // A complete body also closes; what unpacks it may not be through with it yet.
        if (incoming.readableEnded) return;
        entry.fail(new GatewayError('CLIENT_GONE', 'the connection ended before the body was complete'));
      };
      content.on('data', onData).on('end', onEnd);
      incoming.on('error', onCut).on('close', onCut);
      if (encoding !== null) content.on('error', (cause) => entry.fail(notEncoded(encoding, cause)));
    });
  }

  #excess(size: number): GatewayError | null {
    if (size > this.#limits.maxBodyBytes) return this.#tooLarge();
    if (this.#bufferedBytes <= this.#limits.maxBufferedBytes) return null;
    return new GatewayError('MODEL_OVERLOADED', 'too many bytes of unfinished request bodies are held');
  }

  #tooLarge(): GatewayError {
    return new GatewayError(
      'PAYLOAD_TOO_LARGE',
      `the body is larger than ${this.#limits.maxBodyBytes} bytes; send fewer rows at a time`,
    );
  }

  #sweep(now: number): void {
    for (const entry of this.#unfinished) {
      if (entry.deadlineAt > now) continue;
      entry.fail(
        new GatewayError('BODY_TIMEOUT', `the body was not complete within ${this.#limits.bodyTimeoutMs} ms`),
      );
    }
  }
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
