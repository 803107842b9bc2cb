import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DIGEST_FILE, graphDigest } from './graph-digest.ts';

it('goes up with every change of what a model becomes, because graphs are kept under it', () => {
  const noted = JSON.parse(readFileSync(DIGEST_FILE, 'utf8')) as unknown;
  expect(
    graphDigest(),
    'models become other graphs than before: raise CONVERTER_VERSION in src/formats/fitted/convert/converter-version.ts, then run node test/formats/fitted/write-graph-digest.ts',
  ).toEqual(noted);
});
