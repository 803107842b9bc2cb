/** Writes down what the fixtures become, after CONVERTER_VERSION was raised: `node test/formats/fitted/write-graph-digest.ts`. */
import { writeFileSync } from 'node:fs';
import { DIGEST_FILE, graphDigest } from './graph-digest.ts';

writeFileSync(DIGEST_FILE, `${JSON.stringify(graphDigest(), null, 2)}\n`);
