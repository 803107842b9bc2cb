import { GatewayError } from '../../../errors.ts';
import { MAX_ZIP_ENTRIES } from './bounds.ts';

/** A file of a zip, as the directory at its end describes it. */
export interface ZipEntry {
  readonly method: number;
  readonly crc: number;
  readonly storedSize: number;
  readonly size: number;
  /** Where its bytes begin. */
  readonly start: number;
}

/** The two methods that Python's zipfile and skops use; others (bzip2, lzma) are refused. */
export const ZIP_METHOD = { stored: 0, deflated: 8 } as const;

const SIGNATURE = {
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  entry: 0x02014b50,
  file: 0x04034b50,
};
const SIZE = { end: 22, end64: 56, locator64: 20, entry: 46, file: 30 };
const MAX_COMMENT = 0xffff;
const IS_ENCRYPTED = 1;
const NOT_FLAT = /[/\\\0]|^\.{0,2}$/;

/**
 * Reads the directory of a zip (PKWARE's APPNOTE 6.3.10). The number of entries may be one of zip64, as Python
 * writes it from 65,536 on; sizes and places may not, because a file of that size is never read whole.
 *
 * @throws GatewayError INVALID_MODEL if it is broken, or has names that are no plain file names, names that occur
 *   twice, or files that share bytes.
 */
export function readDirectory(bytes: Uint8Array, name: string): ReadonlyMap<string, ZipEntry> {
  return new DirectoryReader(bytes, name).read();
}

interface Extent {
  readonly start: number;
  readonly end: number;
}

class DirectoryReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  read(): ReadonlyMap<string, ZipEntry> {
    const { count, start, end } = this.#findDirectory();
    if (count > MAX_ZIP_ENTRIES) throw this.#refusal(`has more than ${MAX_ZIP_ENTRIES} files`);
    // One text for all names is much faster than one for each.
    const names = this.#bytes.toString('latin1', start, end);
    const entries = new Map<string, ZipEntry>();
    const extents: Extent[] = [];
    let at = start;
    for (let index = 0; index < count; index += 1) {
      this.#expect(at, SIZE.entry, SIGNATURE.entry);
      const nameLength = this.#view.getUint16(at + 28, true);
      const next = at + SIZE.entry + nameLength + this.#u16(at + 30) + this.#u16(at + 32);
      if (next > end) throw this.#refusal('has a directory that is cut off');
      const nameAt = at + SIZE.entry;
      const name = names.slice(nameAt - start, nameAt - start + nameLength);
      if (NOT_FLAT.test(name))
        throw this.#refusal(`has a file name that is none: ${JSON.stringify(name.slice(0, 100))}`);
      if (entries.has(name)) throw this.#refusal(`has two files "${name}"`);
      const entry = this.#readEntry(at, name);
      entries.set(name, entry);
      extents.push({ start: this.#u32(at + 42), end: entry.start + entry.storedSize });
      at = next;
    }
    this.#checkApart(extents, start);
    return entries;
  }

  #readEntry(at: number, name: string): ZipEntry {
    const method = this.#u16(at + 10);
    if ((this.#u16(at + 8) & IS_ENCRYPTED) !== 0) throw this.#refusal('is encrypted');
    if (method !== ZIP_METHOD.stored && method !== ZIP_METHOD.deflated) {
      throw this.#refusal(`packs "${name}" by a method that is not read (${method})`);
    }
    const storedSize = this.#u32(at + 20);
    const size = this.#u32(at + 24);
    if (method === ZIP_METHOD.stored && storedSize !== size)
      throw this.#refusal(`tells two sizes of "${name}"`);
    const start = this.#startOf(this.#u32(at + 42), name);
    return { method, crc: this.#u32(at + 16), storedSize, size, start };
  }

  /** The bytes of a file follow its own header, which must tell the same name. */
  #startOf(at: number, name: string): number {
    this.#expect(at, SIZE.file, SIGNATURE.file);
    const nameAt = at + SIZE.file;
    const length = this.#u16(at + 26);
    if (length !== name.length || !this.#isText(nameAt, name)) {
      throw this.#refusal(`has no "${name}" where it says`);
    }
    return nameAt + length + this.#u16(at + 28);
  }

  #isText(at: number, text: string): boolean {
    for (let index = 0; index < text.length; index += 1) {
      if (this.#bytes[at + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  #findDirectory(): Extent & { readonly count: number } {
    const last = this.#bytes.length - SIZE.end;
    for (let at = last; at >= Math.max(0, last - MAX_COMMENT); at -= 1) {
      if (this.#u32(at) !== SIGNATURE.end || this.#u16(at + 20) !== last - at) continue;
      const count = this.#u16(at + 10);
      const start = this.#u32(at + 16);
      const extent = {
        count: count === 0xffff ? this.#count64(at) : count,
        start,
        end: start + this.#u32(at + 12),
      };
      if (extent.end > at) throw this.#refusal('has a directory that is not where it says');
      return extent;
    }
    throw this.#refusal('has no directory: it is cut off or no zip');
  }

  /** The number of entries where two bytes do not hold it; the rest of the zip64 record is as the older one. */
  #count64(end: number): number {
    const locator = end - SIZE.locator64;
    if (locator < 0 || this.#u32(locator) !== SIGNATURE.locator64) return 0xffff;
    const at = Number(this.#view.getBigUint64(locator + 8, true));
    this.#expect(at, SIZE.end64, SIGNATURE.end64);
    return Number(this.#view.getBigUint64(at + 32, true));
  }

  /** Files that share bytes are how a small zip becomes a huge one. */
  #checkApart(extents: Extent[], directory: number): void {
    extents.sort((one, other) => one.start - other.start);
    let free = 0;
    for (const { start, end } of extents) {
      if (start < free) throw this.#refusal('has files that overlap');
      free = end;
    }
    if (free > directory) throw this.#refusal('has files that reach into its directory');
  }

  #expect(at: number, size: number, signature: number): void {
    if (at + size > this.#bytes.length || this.#u32(at) !== signature)
      throw this.#refusal('has a broken directory');
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #refusal(what: string): GatewayError {
    return new GatewayError('INVALID_MODEL', `the zip ${this.#name} ${what}`);
  }
}
