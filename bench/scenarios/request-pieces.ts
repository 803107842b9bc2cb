import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { Histogram, Registry } from 'prom-client';
import { RequestDeadlines } from '../../src/http/request-deadlines.ts';
import { requestIdOf } from '../../src/http/request-id.ts';
import { millisText } from '../../src/http/server-timing.ts';
import type { Signature } from '../../src/model/signature.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { SeriesHistogram } from '../../src/observability/series-histogram.ts';
import { decodeUtf8, parseExactJson } from '../../src/protocols/exact-json.ts';
import { decodePredictRequest, encodePredictResponse } from '../../src/protocols/predict/codec.ts';
import { median } from '../statistics.ts';

/** One piece of a request, and what did the same before it, if anything. */
export interface Piece {
  readonly name: string;
  readonly micros: number;
  readonly replaced: { readonly name: string; readonly micros: number } | null;
}

type Work = () => unknown;
type Candidate = readonly [name: string, work: Work];

const ROUNDS = 9;

/** Times each piece for one row of four columns and three classes. */
export function timePieces(isQuick: boolean): readonly Piece[] {
  const repeats = isQuick ? 5_000 : 100_000;
  return candidates().map(([[name, work], replaced]) => ({
    name,
    micros: microsOf(work, repeats),
    replaced: replaced && { name: replaced[0], micros: microsOf(replaced[1], repeats) },
  }));
}

/** The last result is kept where the compiler cannot know it unused. */
let kept: unknown;

function microsOf(work: Work, repeats: number): number {
  const rounds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const begin = performance.now();
    for (let repeat = 0; repeat < repeats; repeat++) kept = work();
    if (round > 0) rounds.push(((performance.now() - begin) * 1000) / repeats);
  }
  if (kept === null) throw new Error('a piece gave nothing');
  return median(rounds);
}

function candidates(): readonly (readonly [Candidate, Candidate | null])[] {
  const bytes = Buffer.from('{"features":[5.1,3.5,1.4,0.2]}');
  const text = decodeUtf8(bytes);
  const parsed = parseExactJson(text);
  const signature = irisSignature();
  const outputs = irisOutputs();
  return [
    [['bytes to text, UTF-8 checked', () => decodeUtf8(bytes)], null],
    [
      ['JSON with exact 64-bit integers', () => parseExactJson(text)],
      ['JSON.parse alone', () => JSON.parse(text)],
    ],
    [['rows to tensors, checked', () => decodePredictRequest(parsed, signature)], null],
    [
      [
        'answer of one row as text',
        () => encodePredictResponse(outputs, 1, signature, { single: true, allProbabilities: false }),
      ],
      ['JSON.stringify of the same', () => stringifyAnswer(outputs)],
    ],
    [
      ['a time of server-timing', () => millisText(0.123)],
      ['toFixed(3)', () => (0.123).toFixed(3)],
    ],
    [
      ['a request id', () => requestIdOf(undefined)],
      ['16 random bytes', () => randomBytes(16).toString('hex')],
    ],
    deadlines(),
    observations(),
    logLines(),
  ];
}

function deadlines(): readonly [Candidate, Candidate] {
  const deadlines = new RequestDeadlines(30_000);
  const now = performance.now();
  const ours = () => {
    const deadline = deadlines.begin(now, null);
    deadlines.finish(deadline);
    return deadline;
  };
  const signal = () => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 30_000);
    clearTimeout(timer);
    return controller.signal;
  };
  return [
    ['a deadline', ours],
    ['AbortController and a timer', signal],
  ];
}

function observations(): readonly [Candidate, Candidate] {
  const buckets = [0.000_25, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const labels = { model: 'iris', version: '1', protocol: 'predict', code: '200' };
  const series = new SeriesHistogram({
    name: 'ours',
    help: 'Only timed here.',
    buckets,
    registry: new Registry(),
  }).add(labels);
  const library = new Histogram({
    name: 'theirs',
    help: 'Only timed here.',
    labelNames: Object.keys(labels),
    buckets,
    registers: [],
  });
  return [
    ['an observation of a histogram', () => series.observe(0.0012)],
    ["prom-client's own", () => library.observe(labels, 0.0012)],
  ];
}

/** What a line for every request would cost; a request that succeeds has none. */
function logLines(): readonly [Candidate, null] {
  const log = pino(new Writable({ write: (_chunk, _encoding, done) => done() }));
  return [
    ['a log line (successes have none)', () => log.info({ model: 'iris', status: 200 }, 'answered')],
    null,
  ];
}

function stringifyAnswer([label, scores]: readonly Tensor[]): string {
  const prediction = Number(label!.data[0]);
  return JSON.stringify({ prediction, probability: Math.max(...(scores!.data as Float32Array)) });
}

function irisOutputs(): readonly Tensor[] {
  return [
    { type: 'int64', dims: [1], data: BigInt64Array.of(1n) },
    { type: 'float32', dims: [1, 3], data: Float32Array.of(0.0123, 0.97, 0.0177) },
  ];
}

function irisSignature(): Signature {
  return {
    inputs: [{ name: 'X', type: 'float32', shape: [-1, 4] }],
    outputs: [
      { name: 'label', type: 'int64', shape: [-1] },
      { name: 'probabilities', type: 'float32', shape: [-1, 3] },
    ],
    columns: Array.from({ length: 4 }, (_, offset) => ({
      name: `column ${offset}`,
      type: 'double',
      input: 0,
      offset,
      cellShape: [],
      required: true,
      takesNaN: false,
    })),
    variableWidth: false,
    fixedRows: null,
    task: {
      kind: 'classifier',
      labelOutput: 0,
      scoresOutput: 1,
      labels: [0n, 1n, 2n],
      scores: 'probabilities',
    },
    source: 'mlmodel',
  };
}
