import { describe, expect, it } from 'vitest';
import { opcodesOf } from './damaged-pickle.ts';
import { fixtureFile } from './fixture-files.ts';
import { fuzz } from './fuzz.ts';

const FILES = 3000;

describe('a damaged file of a model', () => {
  it('is read as sound values or refused, in time', () => {
    const counts = fuzz(0, (done) => done < FILES);
    expect(counts.read + counts.INVALID_MODEL + counts.UNSUPPORTED_MODEL).toBe(FILES);
    // Damage that is all refused at once, or not noticed at all, would test nothing.
    expect(counts.read).toBeGreaterThan(FILES / 10);
    expect(counts.INVALID_MODEL).toBeGreaterThan(FILES / 10);
    expect(counts.UNSUPPORTED_MODEL).toBeGreaterThan(10);
  }, 60_000);

  it('is made of whole opcodes where it is shuffled', () => {
    const opcodes = opcodesOf(fixtureFile('sklearn-1.9/ridge.p4.pkl'));
    expect(opcodes[0]).toEqual(Uint8Array.of(0x80, 4));
    expect(opcodes.at(-1)).toEqual(Uint8Array.of(0x2e));
  });
});
