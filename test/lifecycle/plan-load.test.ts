import { describe, expect, it } from 'vitest';
import { planLoad } from '../../src/lifecycle/plan-load.ts';
import { servableOf } from './servables.ts';
import { signatureOf } from './signatures.ts';
import { versionOf } from './versions.ts';

const served = signatureOf('a');
const servedLast = signatureOf('b');
const current = servableOf(2, { signature: served }).servable;
const lastGood = { version: versionOf(1), signature: servedLast };
const EMPTY = { current: null, previous: null };

describe('planLoad', () => {
  it('compares with what serves', () => {
    expect(planLoad(versionOf(3), { current, previous: null }, lastGood)).toEqual({
      reference: { signature: served, version: '2' },
      hasFallback: true,
    });
  });

  it('compares with what served last where nothing serves', () => {
    expect(planLoad(versionOf(3), EMPTY, lastGood)).toEqual({
      reference: { signature: servedLast, version: '1' },
      hasFallback: true,
    });
  });

  it('compares with nothing where nothing has ever served', () => {
    expect(planLoad(versionOf(3), EMPTY, null)).toEqual({ reference: null, hasFallback: false });
  });

  it('does not compare what served last with itself, nor counts it as a fallback of itself', () => {
    expect(planLoad(versionOf(1), EMPTY, lastGood)).toEqual({ reference: null, hasFallback: false });
  });

  it.each([
    ['warm', servableOf(1).servable],
    ['cold', null],
  ])('keeps the way back to a %s previous version open', (_what, servable) => {
    const previous = { version: versionOf(1), servable };
    expect(planLoad(versionOf(1), { current, previous }, null)).toEqual({
      reference: null,
      hasFallback: true,
    });
  });

  it('compares with nothing where the signature of what served last is not known', () => {
    const unknown = { version: versionOf(1), signature: null };
    expect(planLoad(versionOf(3), EMPTY, unknown)).toEqual({ reference: null, hasFallback: true });
  });
});
