import { describe, expect, it } from 'vitest';
import { fileNameFor, parseSignature, stringifySignature } from '../../src/lifecycle/signature-text.ts';
import type { Signature } from '../../src/model/signature.ts';
import { signatureOf } from './signatures.ts';

describe('stringifySignature and parseSignature', () => {
  it.each([
    ['integers beyond 2^53', [9_007_199_254_740_993n, -7n]],
    ['texts, also ones that look like ours', ['setosa', '{"$bigint":"1"}', '']],
    ['booleans', [true, false]],
  ])('keep labels that are %s', (_what, labels) => {
    const task = { kind: 'classifier', labelOutput: 0, scoresOutput: 1, labels, scores: 'unknown' } as const;
    const signature: Signature = { ...signatureOf('a', 'b'), task };
    expect(parseSignature(stringifySignature(signature))).toEqual(signature);
  });

  it('keep a column that is called like our own notation', () => {
    const signature = signatureOf('$bigint');
    expect(parseSignature(stringifySignature(signature))).toEqual(signature);
  });
});

describe('fileNameFor', () => {
  it('gives each text its own short name that any file system takes', () => {
    expect(fileNameFor('http://registry/../x')).toMatch(/^[0-9a-f]{24}$/);
    expect(fileNameFor('a')).not.toBe(fileNameFor('b'));
  });
});
