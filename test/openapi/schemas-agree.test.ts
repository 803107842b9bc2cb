import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signature } from '../../src/model/signature.ts';
import { decodePredictRequest } from '../../src/protocols/predict/codec.ts';
import { acceptorOf } from './acceptor.ts';
import { featuresOf, IMAGE, isOutsideSchemas, SIGNATURES } from './near-requests.ts';

function isDecoded(body: unknown, signature: Signature): boolean {
  try {
    decodePredictRequest(body, signature);
    return true;
  } catch {
    return false;
  }
}

describe.each(Object.entries(SIGNATURES))('the schema of requests to a model of %s', (_, signature) => {
  it('accepts what decoding accepts, and refuses what it refuses', () => {
    const accepts = acceptorOf(signature, 'PredictRequest');
    let accepted = 0;
    fc.assert(
      fc.property(featuresOf(signature), (features) => {
        const body = { features };
        if (isOutsideSchemas(features, signature)) return;
        const decoded = isDecoded(body, signature);
        if (decoded) accepted++;
        expect({ body, accepted: accepts(body) }).toEqual({ body, accepted: decoded });
      }),
      { numRuns: 3000, seed: 1 },
    );
    if (signature !== IMAGE) expect(accepted).toBeGreaterThan(10);
  });

  it('has no room for other keys', () => {
    const accepts = acceptorOf(signature, 'PredictRequest');
    expect([accepts({}), accepts({ features: [], more: 1 }), accepts([])]).toEqual([false, false, false]);
  });
});
