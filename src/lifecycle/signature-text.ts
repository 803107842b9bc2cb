import { createHash } from 'node:crypto';
import type { Signature } from '../model/signature.ts';

/** A signature as JSON text that keeps 64-bit labels exact. */
export function stringifySignature(signature: Signature): string {
  return JSON.stringify(signature, (_key, value: unknown) =>
    typeof value === 'bigint' ? { $bigint: String(value) } : value,
  );
}

/** The inverse of `stringifySignature`, of our own files only. */
export function parseSignature(text: string): Signature {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && '$bigint' in value ? BigInt(String(value.$bigint)) : value,
  ) as Signature;
}

/** A short file name for any text. */
export function fileNameFor(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
