import { isUtf8 } from 'node:buffer';

/**
 * A value with every `{"b64": "…"}` in it as the text that it stands for. Bytes that are no UTF-8 text, or no base64,
 * stay as they are, and are then refused as an object where a text should be.
 */
export function openBase64(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(openBase64);
  const text = textOf(value as Readonly<Record<string, unknown>>);
  if (text !== null) return text;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, openBase64(inner)]));
}

function textOf(value: Readonly<Record<string, unknown>>): string | null {
  const { b64 } = value;
  if (typeof b64 !== 'string' || Object.keys(value).length !== 1) return null;
  if (!/^[\w+/-]*={0,2}$/.test(b64)) return null;
  const bytes = Buffer.from(b64, 'base64');
  return isUtf8(bytes) ? bytes.toString('utf8') : null;
}
