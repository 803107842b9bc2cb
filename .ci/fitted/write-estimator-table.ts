/** Puts the table of estimators, as the converters are now, into the README: `node .ci/fitted/write-estimator-table.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { estimatorTable } from '../../src/formats/fitted/convert/estimator-table.ts';

const path = join(import.meta.dirname, '../../README.md');
const readme = readFileSync(path, 'utf8');
const updated = readme.replace(/^\| family \| classes \|(?:.*\n)+?(?=\n)/m, () => `${estimatorTable()}\n`);
writeFileSync(path, updated);
console.log(updated === readme ? 'the README has it already' : 'written');
