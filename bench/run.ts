import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from './compare.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { renderChart } from './report/chart.ts';
import type { RunReport } from './report/run-report.ts';
import { renderTables } from './report/tables.ts';
import { CHECKOUT } from './servers.ts';

/** `npm run bench`: Switchyard beside its floors and its peers, in one interleaved run; see README.md. */
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions | null;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  if (options.entry.startsWith('dist/')) execFileSync('npm', ['run', '--silent', 'build'], { cwd: CHECKOUT });
  const report = await compare(options, tell);
  process.stdout.write(`${renderTables(report)}\n`);
  if (options.resultsDirectory !== null) writeResults(report, options.resultsDirectory);
  return 0;
}

function tell(line: string): void {
  process.stderr.write(`${Math.round(performance.now() / 1000)} s: ${line}\n`);
}

function writeResults(report: RunReport, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'peers.json'), `${JSON.stringify(report, roundNumbers, 1)}\n`);
  writeFileSync(join(directory, 'peers.md'), `${renderTables(report)}\n`);
  writeFileSync(join(directory, 'peers.svg'), renderChart(report));
  tell(`written to ${directory}`);
}

/** Five digits are more than the measurement gives. */
function roundNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value;
}
