import { describe, expect, it } from 'vitest';
import { authorizeOperator } from '../../src/http/operator-auth.ts';
import { Secret } from '../../src/model/secret.ts';

const TOKEN = new Secret('s3cret-token');

describe('authorizeOperator', () => {
  it.each(['Bearer s3cret-token', 'bearer s3cret-token', 'BEARER  s3cret-token'])('accepts %j', (header) => {
    expect(() => authorizeOperator(TOKEN, header)).not.toThrow();
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    's3cret-token',
    'Basic s3cret-token',
    'Bearer s3cret-toke',
    'Bearer s3cret-tokens',
    'Bearer S3CRET-TOKEN',
    'Bearer s3cret-token, Bearer x',
  ])('does not know %j', (header) => {
    expect(() => authorizeOperator(TOKEN, header)).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    );
  });

  it('lets nobody pass without a configured token', () => {
    expect(() => authorizeOperator(null, 'Bearer s3cret-token')).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN' }),
    );
  });
});
