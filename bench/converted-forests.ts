import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { convertModel } from '../src/formats/fitted/convert/convert-model.ts';
import { readPickle } from '../src/formats/fitted/files/pickle/read-pickle.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { type Figure, median, summarize } from './statistics.ts';

/**
 * `node bench/converted-forests.ts DIRECTORY [--rounds N] [--only NAME,…]`: the graphs that forests of scikit-learn become
 * here, beside skl2onnx's of the same forests (make-forests.py makes them). How long reading and conversion take, sizes,
 * loads, wrong answers on rows beside thresholds, and processor time of a run, turn by turn in random order, each run with
 * rows of its own.
 */
const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, only: { type: 'string' } },
  allowPositionals: true,
});
const directory = positionals[0];
if (directory === undefined) throw new Error('which directory?');
const ROUNDS = Number(values.rounds);
const COLUMNS = 30;
/** Rows of a run → runs in one turn. */
const RUNS = new Map([
  [1, 40],
  [32, 8],
  [1000, 1],
]);
const CONVERSIONS = 5;
const LOADS = 3;
/** What sums in single precision are off by, and no other leaf is. */
const ROUNDING = 1e-5;

type Kind = 'here' | 'single' | 'skl2onnx';

interface Graph {
  readonly kind: Kind;
  readonly bytes: Uint8Array;
  readonly session: InferenceSession;
  readonly loadMs: number;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

function doublesOf(file: string): Float64Array {
  return new Float64Array(new Uint8Array(readFileSync(file)).buffer);
}

function feed({ kind }: Graph, cells: Float64Array) {
  const dims = [cells.length / COLUMNS, COLUMNS];
  return {
    X:
      kind === 'here'
        ? new Tensor('float64', cells, dims)
        : new Tensor('float32', Float32Array.from(cells), dims),
  };
}

function processorUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function timed<T>(times: number, work: () => T | Promise<T>): Promise<{ ms: number; result: T }> {
  const spent: number[] = [];
  let result: T | undefined;
  for (let turn = 0; turn < times; turn += 1) {
    const begin = processorUs();
    result = await work();
    spent.push((processorUs() - begin) / 1_000);
  }
  return { ms: median(spent), result: result as T };
}

async function load(kind: Kind, bytes: Uint8Array): Promise<Graph> {
  const { ms, result } = await timed(LOADS, () =>
    InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 }),
  );
  return { kind, bytes, session: result, loadMs: ms };
}

/**
 * How many rows have another label than scikit-learn says (of a regressor: a value that is off by more than rounding), and
 * the largest distance.
 */
async function wrongAnswers(graph: Graph, file: string): Promise<string> {
  const cells = doublesOf(`${file}.rows`);
  const wanted = doublesOf(`${file}.answers`);
  const outputs = await graph.session.run(feed(graph, cells));
  const given = Float64Array.from((outputs.probabilities ?? outputs.variable)?.data as Float64Array);
  const rows = cells.length / COLUMNS;
  const width = wanted.length / rows;
  let wrong = 0;
  let largest = 0;
  for (let at = 0; at < wanted.length; at += width) {
    const own = wanted.subarray(at, at + width);
    const other = given.subarray(at, at + width);
    const off = Math.max(...own.map((value, place) => distance(other[place] as number, value)));
    if (width === 1 ? off > ROUNDING : bestOf(own) !== bestOf(other)) wrong += 1;
    largest = Math.max(largest, off);
  }
  return `${wrong} wrong, ${largest === 0 ? '0' : largest.toExponential(1)}`;
}

function distance(value: number, wanted: number): number {
  return Math.abs(value - wanted) / (1 + Math.abs(wanted));
}

function bestOf(scores: Float64Array): number {
  return scores.indexOf(Math.max(...scores));
}

async function turn(graph: Graph, rows: number, runs: number): Promise<number> {
  const feeds = Array.from({ length: runs }, () =>
    feed(
      graph,
      Float64Array.from({ length: rows * COLUMNS }, () => Math.random() * 6 - 3),
    ),
  );
  const begin = processorUs();
  for (const one of feeds) await graph.session.run(one);
  return (processorUs() - begin) / runs;
}

function ratio(figure: Figure | null): string {
  return figure === null
    ? '–'
    : `${figure.median.toFixed(2)} (${figure.min.toFixed(2)}–${figure.max.toFixed(2)})`;
}

const names = readdirSync(directory)
  .filter((file) => file.endsWith('.pkl'))
  .map((file) => file.slice(0, -'.pkl'.length))
  .filter((name) => values.only === undefined || values.only.split(',').includes(name))
  .sort();
print(
  `${describeMachine()}, Node ${process.version}, commit ${describeCommit()}, medians of ${ROUNDS} rounds; processor time`,
);
const sizes = [
  '| forest | pickle MB | read ms | convert ms | graph MB: here, skl2onnx | load ms: here, skl2onnx | answers beside thresholds: here | skl2onnx |',
  '|---|---|---|---|---|---|---|---|',
];
const runs = [
  '| forest | rows a run | here µs | skl2onnx µs | here / skl2onnx | in single precision / skl2onnx |',
  '|---|---|---|---|---|---|',
];
for (const name of names) {
  const file = readFileSync(join(directory, `${name}.pkl`));
  const read = await timed(CONVERSIONS, () => readPickle(file));
  const converted = await timed(CONVERSIONS, () => convertModel(read.result, null).onnx);
  const graphs = [
    await load('here', converted.result),
    await load('single', convertModel(read.result, null, 'float').onnx),
    await load('skl2onnx', readFileSync(join(directory, `${name}.onnx`))),
  ];
  const [here, , peer] = graphs as [Graph, Graph, Graph];
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(2);
  sizes.push(
    `| ${name} | ${megabytes(file.length)} | ${read.ms.toFixed(0)} | ${converted.ms.toFixed(0)} | ${megabytes(here.bytes.length)}, ${megabytes(peer.bytes.length)} | ${here.loadMs.toFixed(0)}, ${peer.loadMs.toFixed(0)} | ${await wrongAnswers(here, join(directory, name))} | ${await wrongAnswers(peer, join(directory, name))} |`,
  );
  for (const [rows, times] of RUNS) {
    const spent: Record<Kind, number[]> = { here: [], single: [], skl2onnx: [] };
    for (let round = -1; round < ROUNDS; round += 1) {
      for (const graph of graphs.toSorted(() => Math.random() - 0.5)) {
        const microseconds = await turn(graph, rows, times);
        // The first ones warm up.
        if (round >= 0) spent[graph.kind].push(microseconds);
      }
    }
    const beside = (kind: Kind) =>
      ratio(summarize(spent[kind].map((value, round) => value / (spent.skl2onnx[round] as number))));
    runs.push(
      `| ${name} | ${rows} | ${median(spent.here).toFixed(0)} | ${median(spent.skl2onnx).toFixed(0)} | ${beside('here')} | ${beside('single')} |`,
    );
  }
  for (const { session } of graphs) await session.release();
}
for (const line of [...sizes, '', ...runs]) print(line);
