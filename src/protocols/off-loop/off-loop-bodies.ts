import { GatewayError } from '../../errors.ts';
import type { Tensor } from '../../model/tensor.ts';
import { ownBytes, shipTensors } from '../../model/tensor-shipment.ts';
import type { DecodedBody } from '../json-codec.ts';
import type { DecodeJob, EncodedAnswer, EncodeJob, LargeBodies, LargeBody } from '../large-bodies.ts';
import { CodecThread } from './codec-thread.ts';
import { TaskQueue } from './task-queue.ts';

const MIB = 2 ** 20;

/**
 * Larger bodies leave the event loop. One of this size takes 8 ms of its processor time if it is decoded here, 1.6 ms
 * if it is handed over; at a quarter of it the two are about even (bench/README.md).
 */
export const LARGE_BODY_BYTES = MIB;

/**
 * Answers from outputs of more elements leave the event loop. So many take 2.4 ms of its processor time if they are
 * encoded here; below, handing them over costs the process more and saves the event loop nothing (bench/README.md).
 */
export const LARGE_ANSWER_ELEMENTS = 2 ** 16;

/** Up to this size the second thread helps, so that such bodies need not wait for one that takes seconds. */
const MEDIUM_BYTES = 8 * MIB;

/** Enough for the values of any medium body. */
const MEDIUM_HEAP_MIB = 640;

const MIN_HEAP_MIB = 256;
const MAX_HEAP_MIB = 2048;

/** What one parse may take of a thread's heap; the rest is for what stands beside it. */
const PARSE_SHARE = 0.85;

const MAX_ANSWER_BYTES = 1024 * MIB;
const IDLE_MS = 30_000;

export interface OffLoopOptions {
  /** What the bodies that are worked on, or wait for it, may hold together; at least one is always taken. */
  readonly maxClaimedBytes: number;
  /** What the process may take; `Infinity` if nothing limits it. Half of it bounds what one parse may take. */
  readonly memoryMaxBytes: number;
}

/**
 * Large bodies and answers on two threads, of which the second takes none but medium ones.
 *
 * Invariant: the bytes of all claims stay within the limit, so that complete bodies cannot pile up.
 */
export class OffLoopBodies implements LargeBodies {
  readonly #maxClaimedBytes: number;
  readonly #queue: TaskQueue;
  #claimedBytes = 0;

  constructor({ maxClaimedBytes, memoryMaxBytes }: OffLoopOptions) {
    this.#maxClaimedBytes = maxClaimedBytes;
    const largeHeapMiB = Math.min(MAX_HEAP_MIB, Math.max(MIN_HEAP_MIB, memoryMaxBytes / 2 / MIB));
    const mediumHeapMiB = Math.min(MEDIUM_HEAP_MIB, largeHeapMiB);
    this.#queue = new TaskQueue([
      { thread: createThread('switchyard-medium-bodies', mediumHeapMiB), maxBytes: MEDIUM_BYTES },
      {
        thread: createThread('switchyard-large-bodies', largeHeapMiB),
        maxBytes: Number.POSITIVE_INFINITY,
      },
    ]);
  }

  claim(body: Uint8Array, isNeverSmall = false): LargeBody | null {
    const bytes = body.byteLength;
    if (bytes <= LARGE_BODY_BYTES && !isNeverSmall) return null;
    if (this.#claimedBytes > 0 && this.#claimedBytes + bytes > this.#maxClaimedBytes) {
      throw new GatewayError('MODEL_OVERLOADED', 'too many bytes of large bodies are being worked on', {
        retryAfterSeconds: this.#queue.secondsToDecode(this.#claimedBytes),
      });
    }
    this.#claimedBytes += bytes;
    return new Claim(body, this.#queue, () => {
      this.#claimedBytes -= bytes;
    });
  }

  isLargeAnswer(outputs: readonly Tensor[]): boolean {
    let elements = 0;
    for (const { data } of outputs) elements += data.length;
    return elements > LARGE_ANSWER_ELEMENTS;
  }

  async encode<Form, Options>({
    protocol,
    answer,
    deadline,
  }: EncodeJob<Form, Options>): Promise<EncodedAnswer> {
    let elements = 0;
    for (const { data } of answer.outputs) elements += data.length;
    const { tensors, transfer } = shipTensors(answer.outputs);
    const reply = await this.#queue.run({
      task: { kind: 'encode', protocol, answer: { ...answer, outputs: tensors } },
      transfer,
      bytes: elements * BYTES_PER_ELEMENT,
      deadline,
    });
    if (reply.kind !== 'encoded') throw new Error(`${reply.kind} in answer to encode; this is a bug`);
    return reply;
  }

  /** What waits or runs fails with SHUTTING_DOWN. Resolves when the threads have ended. Idempotent. */
  close(): Promise<void> {
    return this.#queue.close();
  }
}

function createThread(name: string, heapMiB: number): CodecThread {
  const limits = { parseHeapBytes: PARSE_SHARE * heapMiB * MIB, answerBytes: MAX_ANSWER_BYTES };
  return new CodecThread({ name, heapMiB, limits, idleMs: IDLE_MS });
}

/** As text, about. */
const BYTES_PER_ELEMENT = 16;

class Claim implements LargeBody {
  readonly #body: Uint8Array;
  readonly #queue: TaskQueue;
  readonly #release: () => void;

  constructor(body: Uint8Array, queue: TaskQueue, release: () => void) {
    this.#body = body;
    this.#queue = queue;
    this.#release = release;
  }

  async decode<Form, Options>(job: DecodeJob<Options>): Promise<DecodedBody<Form>> {
    const { protocol, signature, options, deadline } = job;
    const body = ownBytes(this.#body) as Uint8Array<ArrayBuffer>;
    const reply = await this.#queue.run({
      task: { kind: 'decode', protocol, body, signature, options },
      transfer: [body.buffer],
      bytes: body.byteLength,
      deadline,
    });
    if (reply.kind !== 'decoded') throw new Error(`${reply.kind} in answer to decode; this is a bug`);
    return reply.decoded as DecodedBody<Form>;
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}
