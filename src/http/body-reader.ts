import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { GatewayError } from '../errors.ts';

const unzip = { gzip: promisify(gunzip), deflate: promisify(inflate) };

export interface BodyLimits {
  /** Larger bodies are refused as soon as the limit is passed; of a compressed body the unpacked size counts, too. */
  readonly maxBodyBytes: number;
  /** A body must be complete within this time. */
  readonly bodyTimeoutMs: number;
  /** What all unfinished bodies together may hold. */
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
   *   UNSUPPORTED_MEDIA_TYPE (content encoding), INVALID_INPUT (cut off, or not what its encoding says).
   */
  async read(incoming: Readable, headers: BodyHeaders): Promise<Buffer> {
    const encoding = (headers.contentEncoding ?? 'identity').trim().toLowerCase();
    if (encoding !== 'identity' && encoding !== '' && encoding !== 'gzip' && encoding !== 'deflate') {
      throw new GatewayError(
        'UNSUPPORTED_MEDIA_TYPE',
        'the content encoding is not supported; send gzip, deflate or identity',
      );
    }
    if (Number(headers.contentLength) > this.#limits.maxBodyBytes) throw this.#tooLarge();
    const body = await this.#readRaw(incoming);
    return encoding === 'gzip' || encoding === 'deflate' ? this.#unpack(body, encoding) : body;
  }

  #readRaw(incoming: Readable): Promise<Buffer> {
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
        incoming.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
        settle();
      };
      const onData = (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        this.#bufferedBytes += chunk.length;
        if (size > this.#limits.maxBodyBytes) entry.fail(this.#tooLarge());
        else if (this.#bufferedBytes > this.#limits.maxBufferedBytes) {
          entry.fail(
            new GatewayError('MODEL_OVERLOADED', 'too many bytes of unfinished request bodies are held'),
          );
        }
      };
      const onEnd = () =>
        finish(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)));
      const onCut = () =>
        entry.fail(new GatewayError('INVALID_INPUT', 'the connection ended before the body was complete'));
      incoming.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
    });
  }

  async #unpack(body: Buffer, encoding: 'gzip' | 'deflate'): Promise<Buffer> {
    try {
      return await unzip[encoding](body, { maxOutputLength: this.#limits.maxBodyBytes });
    } catch (error) {
      if (error instanceof RangeError) throw this.#tooLarge();
      throw new GatewayError('INVALID_INPUT', `the body is not ${encoding}, as its content encoding says`, {
        cause: error,
      });
    }
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
