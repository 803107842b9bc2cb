import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { GatewayError } from '../../../src/errors.ts';
import { CONVERTER_VERSION } from '../../../src/formats/fitted/convert/converter-version.ts';
import { convertFixture, familyFixtures } from './family-fixtures.ts';

const FAMILIES = new URL('./fixtures/families/', import.meta.url).pathname;

/** Where the digest of each version's graphs is written down. */
export const DIGEST_FILE = new URL('./fixtures/graphs.json', import.meta.url).pathname;

export interface GraphDigest {
  readonly converterVersion: string;
  /** Over everything that the fixtures' models become. */
  readonly sha256: string;
}

/** What the fixtures become now. */
export function graphDigest(): GraphDigest {
  const hash = createHash('sha256');
  for (const family of readdirSync(FAMILIES).sort()) {
    if (!existsSync(`${FAMILIES}${family}`) || family.includes('.')) continue;
    for (const name of familyFixtures(family))
      hash.update(`${family}/${name}\n`).update(converted(family, name));
  }
  return { converterVersion: CONVERTER_VERSION, sha256: hash.digest('hex') };
}

function converted(family: string, name: string): string | Uint8Array {
  try {
    const { onnx, ...record } = convertFixture(family, name);
    // Everything that is kept beside the graph counts too.
    const text = JSON.stringify(record, (_, value: unknown) => {
      if (value instanceof Map) return [...value];
      return typeof value === 'bigint' ? `${value}n` : value;
    });
    return Buffer.concat([onnx, Buffer.from(text)]);
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}
