import type { ProblemList } from '../../model/problem-list.ts';

/** The bytes behind the JSON of a request, handed out tensor by tensor in the order of the inputs. */
export class BlobReader {
  readonly #bytes: Uint8Array | null;
  readonly #problems: ProblemList;
  #at = 0;

  /** @param bytes `null`: the request did not say where its JSON ends, so there can be none. */
  constructor(bytes: Uint8Array | null, problems: ProblemList) {
    this.#bytes = bytes;
    this.#problems = problems;
  }

  /** The next `size` bytes; `null` after adding a problem. */
  take(size: number, pointer: string): Uint8Array | null {
    const start = this.#at;
    this.#at += size;
    if (this.#bytes !== null && this.#at <= this.#bytes.length) return this.#bytes.subarray(start, this.#at);
    const detail =
      this.#bytes === null
        ? 'the request has binary tensors, and no header "Inference-Header-Content-Length" that says where its JSON ends'
        : 'the body has fewer bytes behind its JSON than "binary_data_size" says';
    this.#problems.add(() => ({ pointer: `${pointer}/parameters/binary_data_size`, detail }));
    return null;
  }

  /** Everything must have been taken. */
  end(): void {
    if (this.#bytes === null || this.#at >= this.#bytes.length) return;
    const detail = `the body has ${this.#bytes.length - this.#at} bytes behind the last binary tensor`;
    this.#problems.add(() => ({ pointer: '', detail }));
  }
}
