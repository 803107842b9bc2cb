import { crc32, inflateRawSync } from 'node:zlib';
import { GatewayError, messageOf } from '../../../errors.ts';
import type { HeapBudget } from './heap-budget.ts';
import { readDirectory, ZIP_METHOD, type ZipEntry } from './zip-directory.ts';

/** A zip of flat files, whose directory has been checked as a whole. Files are taken out one at a time. */
export class Zip {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  readonly #budget: HeapBudget;

  /**
   * Does not copy `bytes`; `name` is for messages, and `budget` is charged for what is unpacked.
   *
   * @throws GatewayError INVALID_MODEL if its directory is broken or made to deceive.
   */
  constructor(bytes: Uint8Array, name: string, budget: HeapBudget) {
    this.#bytes = bytes;
    this.#budget = budget;
    this.#name = name;
    this.#entries = readDirectory(bytes, name);
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** How long the file will be; `null` if there is none. */
  sizeOf(name: string): number | null {
    return this.#entries.get(name)?.size ?? null;
  }

  /**
   * The bytes of a file, not copied where they are stored as they are.
   *
   * @throws GatewayError INVALID_MODEL if there is none, or its size or checksum is not as the directory says.
   */
  read(name: string): Uint8Array {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw this.#refusal(`has no file "${name.slice(0, 100)}"`);
    const stored = this.#bytes.subarray(entry.start, entry.start + entry.storedSize);
    const content = entry.method === ZIP_METHOD.stored ? stored : this.#inflate(entry, stored, name);
    if (content.length !== entry.size) throw this.#refusal(`tells a wrong size of "${name}"`);
    if (crc32(content) !== entry.crc) throw this.#refusal(`has damaged bytes in "${name}"`);
    return content;
  }

  #inflate(entry: ZipEntry, stored: Uint8Array, name: string): Uint8Array {
    this.#budget.take(entry.size);
    try {
      const { buffer, byteOffset, length } = inflateRawSync(stored, {
        maxOutputLength: Math.max(entry.size, 1),
      });
      return new Uint8Array(buffer, byteOffset, length);
    } catch (cause) {
      throw this.#refusal(`cannot be unpacked at "${name}" (${messageOf(cause)})`);
    }
  }

  #refusal(what: string): GatewayError {
    return new GatewayError('INVALID_MODEL', `the zip ${this.#name} ${what}`);
  }
}
