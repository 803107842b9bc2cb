import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../../../src/errors.ts';
import { chooseCompression } from '../../../src/protocols/open-inference/answer-compression.ts';
import { decodeRaw } from '../../../src/protocols/open-inference/raw-request.ts';
import { splitBody } from '../../../src/protocols/open-inference/split-body.ts';
import { versionChoice } from '../../../src/protocols/version-choice.ts';
import {
  column,
  columnarSignature,
  matrixSignature,
  variableSignature,
} from '../../model/sample-signatures.ts';

const body = Buffer.from('{}abc');
const pair = matrixSignature('float32', [column('width'), column('height')]);

describe('splitBody', () => {
  it('ends the JSON where the header says', () => {
    expect(splitBody(body, undefined)).toEqual({ json: body, blobs: null });
    expect(splitBody(body, '2')).toEqual({ json: body.subarray(0, 2), blobs: body.subarray(2) });
    expect(splitBody(body, '5').blobs).toHaveLength(0);
  });

  it.each(['6', '-1', '2.0', '', 'two', '99999999999999999999'])('refuses a length of %j', (header) => {
    expect(() => splitBody(body, header)).toThrow('at most the 5 of the unpacked body');
  });
});

describe('decodeRaw', () => {
  it('takes a body without JSON for rows of the only input', () => {
    const { tensors, rows, form } = decodeRaw(Buffer.from(new Float32Array([1, 2, 3, 4]).buffer), pair);
    expect(tensors).toEqual([{ type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]);
    expect(rows).toBe(2);
    expect(form.outputs).toEqual([{ output: 0, isBinary: true, classes: 0 }]);
  });

  it('takes it for one text', () => {
    const texts = columnarSignature([{ ...column('S', 'string'), tensor: 'string' }]);
    expect(decodeRaw(Buffer.from('é!'), texts).tensors).toEqual([
      { type: 'string', dims: [1, 1], data: ['é!'] },
    ]);
    expect(() => decodeRaw(Buffer.from([0xff]), texts)).toThrow('not UTF-8');
  });

  it.each([
    [new Uint8Array(7), pair, 'takes 8 bytes or a multiple of them, got 7'],
    [new Uint8Array(0), pair, 'got 0'],
    [new Uint8Array(8), variableSignature(), 'several variable dimensions'],
    [
      new Uint8Array(8),
      columnarSignature([
        { ...column('a', 'float'), tensor: 'float32' },
        { ...column('b', 'float'), tensor: 'float32' },
      ]),
      'has 2 inputs',
    ],
  ])('refuses %j', (bytes, signature, message) => {
    expect(() => decodeRaw(bytes, signature)).toThrow(message);
  });
});

describe('chooseCompression', () => {
  it('packs only where one way is named, and nothing else', () => {
    expect(chooseCompression('gzip', 2000)).toBe('gzip');
    expect(chooseCompression(' Deflate', 2000)).toBe('deflate');
    for (const header of [
      undefined,
      '',
      'br',
      'identity',
      'gzip, deflate',
      'gzip, deflate, br',
      'gzip;q=0',
    ]) {
      expect(chooseCompression(header, 2000)).toBeNull();
    }
    expect(chooseCompression('gzip', 100)).toBeNull();
  });
});

describe('versionChoice', () => {
  it('is a number', () => {
    expect(versionChoice(undefined)).toBeNull();
    expect(versionChoice('12')).toEqual({ kind: 'version', version: '12' });
    for (const text of ['one', '', '1.0', '-1', '12345678901234567890']) {
      const choose = () => versionChoice(text);
      expect(choose).toThrow(
        expect.objectContaining({ code: 'VERSION_NOT_FOUND' }) as unknown as GatewayError,
      );
    }
  });
});
