/**
 * Models of many kinds, fitted and saved by real libraries: each file is converted and compared with what its library
 * answers, and a gateway on the embedded registry serves them and is compared, too. With the newest libraries, or with
 * `--oldest`; of a `--zoo DIRECTORY` that was made before; of some families or cases only, by their names.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type Comparison, compareOutputs } from '../fitted/compare-outputs.ts';
import { type Cell, type ExpectedCase, numberOf, readExpected } from '../fitted/expected-case.ts';
import { type BinaryTensor, inferBinary } from './binary-infer.ts';
import { checkout, GatewayProcess } from './gateway-process.ts';
import { type Report, runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);

/** Each takes a thread and a trial process at the start of the gateway. */
const MOST_SERVED = 80;
const ROWS_OVER_JSON = 3;
const MOST_OUTPUT = 64 * 1024 * 1024;
const FORMATS = ['skops', 'cloudpickle', 'pickle'];

interface ServedCase {
  readonly route: string;
  readonly family: string;
  readonly expected: ExpectedCase;
}

interface FamilyResult {
  models: number;
  rows: number;
  worst: number;
  ties: number;
  readonly failures: string[];
}

interface Metadata {
  readonly inputs: readonly { name: string; datatype: BinaryTensor['datatype'] }[];
}

/** Every so many cases, one of its file formats each, so that all of them come up in every family. */
function fillRegistry(zoo: string, registry: string): readonly ServedCase[] {
  const cases = readdirSync(zoo).flatMap((family) =>
    readdirSync(join(zoo, family)).map((name) => ({ family, name })),
  );
  const step = Math.max(1, Math.ceil(cases.length / MOST_SERVED));
  return cases
    .filter((_, index) => index % step === 0)
    .flatMap(({ family, name }, index) => {
      const directory = join(zoo, family, name);
      const formats = [...FORMATS, ...readdirSync(directory)].filter((format) =>
        existsSync(join(directory, format, 'MLmodel')),
      );
      const format = formats[index % formats.length];
      if (format === undefined) return [];
      const route = `${family}-${name}`;
      cpSync(join(directory, format), join(registry, route, '1'), { recursive: true });
      return [{ route, family, expected: readExpected(join(directory, 'expected.json')) }];
    });
}

/** Without rows that lack a text: a binary tensor has no way to say so. */
function askable(expected: ExpectedCase, { inputs }: Metadata): ExpectedCase {
  const texts = inputs.flatMap(({ name, datatype }) => (datatype === 'BYTES' ? [name] : []));
  const isText = (column: number) =>
    texts.includes('X') || texts.includes(expected.columns?.[column] ?? `x${column}`);
  const kept = expected.rows.map((row) => !row.some((cell, column) => cell === null && isText(column)));
  if (!kept.includes(false)) return expected;
  const rowsOf = <T>(rows: readonly T[]) => rows.filter((_, row) => kept[row]);
  return JSON.parse(JSON.stringify(expected), (key, value) => {
    if (key === 'values' || key === 'rows') return rowsOf(value);
    return key === 'each' ? value.map(rowsOf) : value;
  });
}

function inputsOf({ inputs }: Metadata, { rows, columns }: ExpectedCase): readonly BinaryTensor[] {
  const width = rows[0]?.length ?? 0;
  return inputs.map(({ name, datatype }) => {
    const isWhole = inputs.length === 1 && !columns?.includes(name);
    const column = columns?.indexOf(name) ?? Number(name.slice(1));
    const cells = isWhole ? rows.flat() : rows.map((row) => row[column] as Cell);
    const data = datatype === 'BYTES' ? cells.map(String) : cells.map(numberOf);
    return { name, datatype, shape: [rows.length, isWhole ? width : 1], data: data as BinaryTensor['data'] };
  });
}

/** What onnxruntime would have given. */
function asTensors(outputs: readonly BinaryTensor[]) {
  const types = { FP64: 'float64', FP32: 'float32', INT64: 'int64', BOOL: 'bool', BYTES: 'string' };
  return Object.fromEntries(
    outputs.map(({ name, datatype, shape, data }) => [name, { type: types[datatype], dims: shape, data }]),
  ) as unknown as Parameters<typeof compareOutputs>[0];
}

async function compareServed({ origin }: GatewayProcess, served: ServedCase): Promise<Comparison> {
  const { route } = served;
  const json = async <T>(path: string) => (await (await fetch(origin + path)).json()) as T;
  const metadata = await json<Metadata>(`/v2/models/${route}`);
  const { conversion } = await json<{ conversion: { tolerance: number } }>(`/models/${route}`);
  const expected = askable(served.expected, metadata);
  const outputs = await inferBinary(origin, route, inputsOf(metadata, expected));
  const comparison = compareOutputs(asTensors(outputs), expected, conversion.tolerance);
  if (comparison.worst > conversion.tolerance) throw new Error(`off by ${comparison.worst}`);
  if (comparison.wrongLabels > comparison.ties) throw new Error(`${comparison.wrongLabels} wrong labels`);
  await compareOverJson(origin, { ...served, expected }, outputs, conversion.tolerance);
  return comparison;
}

/** A sum may differ in its last digits with the number of rows that are run together. */
function isSame(given: unknown, wanted: unknown, tolerance: number): boolean {
  if (typeof given !== 'number' || typeof wanted !== 'number') return given === wanted;
  return Math.abs(given - wanted) <= tolerance * (1 + Math.abs(wanted));
}

/** `/predict` says of a row what the binary answer says of it. */
async function compareOverJson(
  origin: string,
  { route, expected }: ServedCase,
  outputs: readonly BinaryTensor[],
  tolerance: number,
) {
  const complete = expected.rows
    .flatMap((row, at) => (row.includes(null) ? [] : [at]))
    .slice(0, ROWS_OVER_JSON);
  const [main] = outputs;
  if (complete.length === 0 || main === undefined || outputs.some(({ name }) => name === 'label_0')) return;
  const features = complete.map((at) => expected.rows[at]);
  const response = await fetch(`${origin}/models/${route}/predict`, {
    method: 'POST',
    body: JSON.stringify({ features }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`/predict: ${response.status} ${text.slice(0, 300)}`);
  const { predictions } = JSON.parse(text) as { predictions: { prediction: unknown }[] };
  const width = main.data.length / expected.rows.length;
  for (const [index, { prediction }] of predictions.entries()) {
    const start = (complete[index] as number) * width;
    const wanted = main.data
      .slice(start, start + width)
      .map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell));
    const got = Array.isArray(prediction) ? prediction : [prediction];
    if (got.length !== width || !got.every((cell, at) => isSame(cell, wanted[at], tolerance)))
      throw new Error(`/predict says ${JSON.stringify(got)}, /v2 says ${JSON.stringify(wanted)}`);
  }
}

async function serveAndCompare(report: Report, directory: string, zoo: string): Promise<void> {
  const registry = join(directory, 'registry');
  const cases = fillRegistry(zoo, registry);
  const gateway = await GatewayProcess.start({
    directory: join(directory, 'gateway'),
    environment: { SWITCHYARD_REGISTRY_DIR: registry, SWITCHYARD_LOG_LEVEL: 'warn' },
  });
  await gateway.waitUntilReady(120_000);
  await waitUntil('every version was tried', 120_000, async () => {
    const { models } = (await (await fetch(`${gateway.origin}/models`)).json()) as {
      models: { current: unknown; lastError: unknown }[];
    };
    return models.length === cases.length && models.every(({ current, lastError }) => current ?? lastError);
  });
  const families = new Map<string, FamilyResult>();
  for (const served of cases) {
    const result = families.get(served.family) ?? { models: 0, rows: 0, worst: 0, ties: 0, failures: [] };
    families.set(served.family, result);
    try {
      const { lastError } = await gateway.status(served.route);
      if (lastError !== null) throw new Error(lastError.message);
      const { worst, ties } = await compareServed(gateway, served);
      result.models += 1;
      result.rows += served.expected.rows.length;
      result.worst = Math.max(result.worst, worst);
      result.ties += ties;
    } catch (error) {
      result.failures.push(`${served.route}: ${(error as Error).message}`);
    }
  }
  for (const [family, { models, rows, worst, ties, failures }] of families) {
    const seen = `${models} models, ${rows} rows, worst ${worst.toExponential(1)}, ${ties} labels at a tie`;
    report.check(
      `${family}: served as the library answers (${seen})`,
      failures.length === 0,
      failures.slice(0, 5),
    );
  }
  report.check('SIGTERM ends the gateway with exit code 0', (await gateway.stop()) === 0);
}

/** Fits and saves the cases with the libraries of one environment. */
async function makeZoo(directory: string, age: string, only: readonly string[]): Promise<string> {
  const requirements = join(checkout, '.ci', 'fitted', `requirements-${age}.txt`);
  const venv = (await run(join(checkout, '.ci', 'venv.sh'), [requirements])).stdout.trim();
  const zoo = join(directory, 'zoo');
  const words = [
    join(checkout, '.ci', 'fitted', 'zoo.py'),
    zoo,
    ...(only.length > 0 ? ['--only', ...only] : []),
  ];
  await run(join(venv, 'bin', 'python'), words, { cwd: directory, maxBuffer: MOST_OUTPUT });
  return zoo;
}

async function compareFiles(report: Report, zoo: string): Promise<void> {
  const words = [join(checkout, '.ci', 'fitted', 'compare.ts'), zoo];
  const { stdout } = await run(process.execPath, words, { maxBuffer: MOST_OUTPUT }).catch(
    (error: { readonly stdout: string }) => error,
  );
  const lines = stdout.split('\n');
  const failed = lines.filter((line) => line.startsWith('FAILED'));
  report.check(
    'every file of every case becomes a graph that answers as its library',
    failed.length === 0,
    failed.slice(0, 10),
  );
  for (const line of lines.filter((each) => each.startsWith('  '))) report.note(line.trim());
}

const { values, positionals } = parseArgs({
  options: { oldest: { type: 'boolean', default: false }, zoo: { type: 'string' } },
  allowPositionals: true,
});
const age = values.oldest ? 'oldest' : 'newest';
await runPart(`converted models, ${age} libraries`, async (report, directory) => {
  const zoo = values.zoo ?? (await makeZoo(directory, age, positionals));
  await compareFiles(report, zoo);
  await serveAndCompare(report, directory, zoo);
});
