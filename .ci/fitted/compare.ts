import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { convertModel } from '../../src/formats/fitted/convert/convert-model.ts';
import { readFittedModel } from '../../src/formats/fitted/read-fitted-model.ts';
import { readMlModel } from '../../src/formats/read-ml-model.ts';
import { type Comparison, compareOutputs } from './compare-outputs.ts';
import { type Cell, type ExpectedCase, readExpected } from './expected-case.ts';
import { feedsOf } from './feeds-of.ts';

/**
 * Converts every model that `zoo.py` made and compares its graph with what its library answered:
 *
 *     node .ci/fitted/compare.ts DIRECTORY [FAMILY-OR-CASE …]
 */

const BATCH_OF_ONE = 10;

interface FamilyTotals {
  cases: number;
  files: number;
  rows: number;
  worst: number;
  ties: number;
  readonly failures: string[];
}

const [root, ...only] = process.argv.slice(2);
if (root === undefined) throw new Error('which directory?');
const families = new Map<string, FamilyTotals>();
for (const family of readdirSync(root).sort()) {
  const totals: FamilyTotals = { cases: 0, files: 0, rows: 0, worst: 0, ties: 0, failures: [] };
  for (const name of readdirSync(join(root, family)).sort()) {
    if (only.length > 0 && !only.includes(family) && !only.includes(name)) continue;
    await compareCase(join(root, family, name), name, totals);
  }
  if (totals.cases > 0) families.set(family, totals);
}
let failures = 0;
for (const [family, totals] of families) {
  failures += totals.failures.length;
  const { cases, files, rows, worst, ties } = totals;
  console.log(
    `        ${family}: ${cases} models, ${files} files, ${rows} rows, worst ${worst.toExponential(1)}, ${ties} labels at a tie`,
  );
  for (const failure of totals.failures) console.log(`FAILED  ${family} ${failure}`);
}
process.exitCode = failures === 0 && families.size > 0 ? 0 : 1;

async function compareCase(directory: string, name: string, totals: FamilyTotals): Promise<void> {
  const expected = readExpected(join(directory, 'expected.json'));
  // What the same graph answers is the same.
  const graphs = new Map<string, Comparison>();
  totals.cases += 1;
  for (const format of readdirSync(directory)) {
    if (!existsSync(join(directory, format, 'MLmodel'))) continue;
    try {
      const { onnx, tolerance } = await convertFile(join(directory, format));
      const hash = createHash('sha256').update(onnx).digest('hex');
      const comparison = graphs.get(hash) ?? (await compareGraph(onnx, expected, tolerance));
      graphs.set(hash, comparison);
      totals.files += 1;
      totals.rows += expected.rows.length;
      totals.worst = Math.max(totals.worst, comparison.worst);
      totals.ties += comparison.ties;
      const wrong = comparison.wrongLabels - comparison.ties;
      if (wrong > 0)
        totals.failures.push(`${name} ${format}: ${wrong} wrong labels of ${expected.rows.length}`);
      if (!(comparison.worst <= tolerance))
        totals.failures.push(`${name} ${format}: off by ${comparison.worst}`);
    } catch (error) {
      totals.failures.push(`${name} ${format}: ${(error as Error).message}`);
    }
  }
  if (graphs.size > 1) totals.failures.push(`${name}: its file formats give ${graphs.size} different graphs`);
}

async function convertFile(directory: string): Promise<{ onnx: Uint8Array; tolerance: number }> {
  const mlmodel = await readMlModel(directory);
  const { value } = await readFittedModel(directory, mlmodel);
  return convertModel(value, mlmodel?.inputs ?? null);
}

async function compareGraph(
  onnx: Uint8Array,
  expected: ExpectedCase,
  tolerance: number,
): Promise<Comparison> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const outputs = await session.run(feedsOf(session, expected.columns, expected.rows));
  const comparison = compareOutputs(outputs, expected, tolerance);
  for (let row = 0; row < Math.min(BATCH_OF_ONE, expected.rows.length); row += 1) {
    const single = await session.run(feedsOf(session, expected.columns, [expected.rows[row] as Cell[]]));
    const one = compareOutputs(single, onlyRow(expected, row), tolerance);
    comparison.worst = Math.max(comparison.worst, one.worst);
    if (one.wrongLabels > one.ties) throw new Error(`row ${row} alone has another label`);
  }
  return comparison;
}

function onlyRow(expected: ExpectedCase, row: number): ExpectedCase {
  const answers = Object.entries(expected).map(([method, given]) => {
    if (given === null || typeof given !== 'object' || Array.isArray(given)) return [method, given];
    if ('values' in given) return [method, { values: [given.values[row]] }];
    return [method, { each: given.each.map((part: readonly unknown[]) => [part[row]]) }];
  });
  return Object.fromEntries(answers) as ExpectedCase;
}
