import { Buffer } from 'node:buffer';

/** First bytes that name a kind of file beyond doubt, as latin-1 text. */
const MAGICS: readonly (readonly [magic: string, kind: string])[] = [
  ['version https://git-lfs', 'a Git LFS pointer, not the file itself; fetch it with "git lfs pull"'],
  ['PK\x03\x04', 'a zip archive (a PyTorch or skops file is one)'],
  ['\x1f\x8b', 'a gzip file'],
  ['BZh', 'a bzip2 file'],
  ['\x89HDF', 'an HDF5 file (Keras writes those)'],
  ['\x80\x02', 'a Python pickle'],
  ['\x80\x03', 'a Python pickle'],
  ['\x80\x04', 'a Python pickle'],
  ['\x80\x05', 'a Python pickle'],
  ['\x7fELF', 'a Linux program or library'],
  ['<?xml', 'an XML document'],
];

/**
 * What a file seems to be that is not what it should be, told by its first bytes (some 256 are enough), as a phrase
 * for a message: `an HTML page`, `a Git LFS pointer…`; `text` if nothing better is known; `null` if nothing is.
 */
export function guessFileKind(head: Uint8Array): string | null {
  if (head.length === 0) return 'an empty file';
  if (head.every((byte) => byte === 0)) return 'a file of zeros (a download that was cut off, perhaps)';
  const text = Buffer.from(head).toString('latin1').replace(/^ï»¿/, '');
  const magic = MAGICS.find(([prefix]) => text.startsWith(prefix));
  if (magic !== undefined) return magic[1];
  if (text.slice(4, 8) === 'TFL3') return 'a TensorFlow Lite model';
  if (text.slice(4, 8) === 'ORTM') return 'a model in ORT format; export it as ONNX';
  if (!isText(head)) return null;
  const trimmed = text.trimStart().toLowerCase();
  if (/^<(!doctype html|html|head|body)/.test(trimmed))
    return 'an HTML page (an error or login page, perhaps)';
  if (trimmed.startsWith('<')) return 'an XML document';
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return 'JSON';
  return 'text';
}

function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}
