import { expect } from 'vitest';
import { GatewayError } from '../../../../src/errors.ts';

/** The refusal that reading throws, checked to be one. */
export function refusalOf(read: () => unknown): GatewayError {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    expect(['INVALID_MODEL', 'UNSUPPORTED_MODEL']).toContain((error as GatewayError).code);
    return error as GatewayError;
  }
  throw new Error('the file was read');
}

/** `CODE: message` of the refusal. */
export function sentenceOf(read: () => unknown): string {
  const { code, message } = refusalOf(read);
  return `${code}: ${message}`;
}
